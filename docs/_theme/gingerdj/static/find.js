// Pagefind finds the pages that hold the words; this ranks them, and their sections, by what a reader most likely means:
// first what is titled by the words, then the place where they stand together, as those of a pasted error text do.
// tests/search_queries.tsv says what has to come first; the numbers below are tuned to it.
const CANDIDATES = 20; // pages that are looked into
const PAGES = 10; // pages in the answer, each with
const SECTIONS = 3;
const WORDS = 12; // of a long text that are looked up one by one
const EXCERPT = 24; // words
// Sections that stand on most pages, and are seldom what is looked for.
const CHORES = new Set(["make-a-project", "you-now-have"]);

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const some = (count, half) => count / (count + half); // more counts, but less and less
const isHan = (text) => /\p{Script=Han}/u.test(text);
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
// English and Portuguese; it only has to do the same to a query as to a text.
const singular = (word) => (
  word.length < 5 ? word : word.replace(/oes$/, "ao").replace(/([^s])s$/, "$1").replace(/(.{4})e$/, "$1")
);
// Each Chinese character is a word of its own: the browser and the index cut Chinese into words differently.
const wordsOf = (text) => (fold(text).replace(/\p{Script=Han}/gu, " $& ").match(/[\p{L}\p{N}]+/gu) ?? []).map(singular);
// Articles and prepositions say little; so do the single letters of a path or an option.
const weigh = (word) => (isHan(word) || word.length > 3 ? 1 : word.length > 2 ? 0.6 : 0.25);

// How much two words are the same: connection and connected, conexao and conectado, lifes and lifespan.
const alike = (one, other) => {
  if (one === other) return 1;
  let same = 0;
  while (one[same] && one[same] === other[same]) same += 1;
  if (same < 4) return 0;
  const rest = Math.max(one.length, other.length) - same;
  if (rest < 4 && rest < same) return 0.8;
  return same === Math.min(one.length, other.length) ? 0.5 : 0;
};

// How well a title answers a query, from 0 to 1: both should be covered.
const answers = (query, title) => {
  const covered = (words, among) => (
    sum(words.map((word) => weigh(word) * Math.max(0, ...among.map((other) => alike(word, other))))) / sum(words.map(weigh))
  );
  return title.length ? covered(query, title) ** 2 * (0.3 + 0.7 * covered(title, query)) : 0;
};

// How well a text does: the words that stand in it, the pairs that stand together, how often all of them do.
const holds = (query, text) => {
  const rate = (parts, value) => sum(parts.filter((part) => text.includes(` ${part} `)).map(value)) / sum(parts.map(value));
  const single = rate(query, weigh);
  if (!single) return { score: 0, often: 0 };
  const pairs = query.slice(1).map((word, index) => `${query[index]} ${word}`);
  const often = text.split(` ${query.join(" ")} `).length - 1;
  const together = pairs.length ? rate(pairs, () => 1) : single;
  return { score: 0.25 * single + 0.75 * together + some(often, 1 + text.length / 1200), often };
};

// The sections of a page, out of its index; pieces are what Pagefind counts as words there.
const sectionsOf = (page) => {
  const whole = page.raw_content.replaceAll("&lt;", "<").replaceAll("&gt;", ">");
  const joiner = whole.includes("\u200b") ? "" : " ";
  const pieces = joiner ? whole.split(/\s+/) : whole.split("\u200b");
  const heads = page.anchors.filter((anchor) => /^h\d$/.test(anchor.element) && anchor.text?.trim());
  return heads.sort((one, other) => one.location - other.location).map(({ element, id, location, text }, index) => {
    const own = pieces.slice(location, heads[index + 1]?.location);
    return {
      url: element === "h1" ? page.url : `${page.url}#${id}`,
      isTop: element === "h1",
      share: CHORES.has(id) ? 0.5 : 1,
      heading: text.replaceAll("\u200b", "").trim(),
      title: element === "h1" ? [] : wordsOf(text),
      text: ` ${wordsOf(own.join(joiner)).join(" ")} `,
      pieces: own,
      joiner,
    };
  });
};

// The part of a section where most of the words stand: [text, whether it was asked for], …
const excerptOf = (query, { heading, pieces, joiner }) => {
  const whole = query.join("");
  const isHit = (piece) => (isHan(piece)
    ? whole.includes(piece.trim()) && (piece.trim().length > 1 || query.length === 1)
    : wordsOf(piece).some((word) => query.some((wanted) => weigh(wanted) === 1 && alike(wanted, word) > 0.5)));
  let from = 0;
  for (let left = heading.replace(/\s/g, "").length; left > 0; from += 1) left -= pieces[from].trim().length;
  while (/^[.,;:。，；：]$/.test(pieces[from]?.trim())) from += 1;
  const parts = pieces.slice(from).map((piece) => [piece + joiner, isHit(piece)]);
  let [best, start, hits] = [0, 0, 0];
  parts.forEach(([, isOne], end) => {
    hits += isOne - (end >= EXCERPT && parts[end - EXCERPT][1]);
    if (hits > best) [best, start] = [hits, Math.max(0, end - EXCERPT + 1)];
  });
  // Some words that follow the last hit, rather than those long before the first one.
  for (let spare = best && EXCERPT / 3; spare > 0 && parts[start + EXCERPT] && !parts[start][1]; spare -= 1) start += 1;
  return parts.slice(start, start + EXCERPT);
};

const rank = (query, page, score) => {
  const [title, name, folder] = page.names.map((words) => answers(query, words));
  const held = page.sections.map((section) => holds(query, section.text));
  const often = some(sum(held.map((each, index) => page.sections[index].share * each.often)), 6);
  // What several pages quote is explained on the page of errors.
  const explained = query.length > 3 && page.url.endsWith("/reference/errors/") ? 0.4 : 0;
  const sections = page.sections.map((section, index) => {
    const titled = answers(query, section.title);
    return { ...section, titled, score: section.share * held[index].score + 1.5 * titled };
  }).filter((section) => section.score).sort((one, other) => other.score - one.score);
  const asTitled = Math.max(title, name);
  const isPage = !sections.length || (asTitled > 0.5 && asTitled >= sections[0].titled);
  return {
    ...page,
    score: score + 2.6 * title + 1.5 * name + 0.5 * folder + often + explained + (sections[0]?.score ?? 0),
    isFound: sections.length > 0 || title + name + folder > 0,
    best: isPage ? page.url : sections[0].url,
    sections: sections.slice(0, SECTIONS).filter((section) => section.score > 0.3 * sections[0].score).map((section) => (
      { ...section, excerpt: () => excerptOf(query, section) }
    )),
  };
};

// Loads the index of the page's language, and returns what answers a text: its pages, the best first, each with its best
// sections and with `best`, the address of the page or of the section that fits best.
export async function open(bundle) {
  const pagefind = await import(new URL("pagefind.js", bundle));
  const root = new URL("..", bundle).pathname;
  // A worker would be one more script to load, for an index that answers in a millisecond.
  await pagefind.options({ bundlePath: bundle.pathname, baseUrl: root, noWorker: true });
  await pagefind.init();
  const answered = new Map(); // by what was asked
  const loaded = new Map(); // pages, by what Pagefind calls them

  const ask = async (text) => {
    if (!answered.has(text)) answered.set(text, (await pagefind.search(text)).results);
    return answered.get(text);
  };

  // Pages with all the words; after them those with some, for a text that no page has as it was pasted.
  const candidates = async (text, query) => {
    const scores = new Map();
    const add = (results, share) => results.forEach((result) => {
      const before = scores.get(result.id)?.score ?? 0;
      scores.set(result.id, { result, score: before + share * result.score / results[0].score });
    });
    add(await ask(text), 0.5);
    const parts = [...new Set(query)].filter((word) => word !== text && weigh(word) === 1);
    const longest = parts.sort((one, other) => other.length - one.length).slice(0, WORDS);
    for (const part of longest) add(await ask(part), 0.3 / longest.length);
    return [...scores.values()].sort((one, other) => other.score - one.score).slice(0, CANDIDATES);
  };

  const load = async (result) => {
    if (!loaded.has(result.id)) {
      const { url, meta, ...page } = await result.data();
      const [folder = "", name = ""] = url.slice(root.length).split("/").slice(1);
      const names = [meta.title, name, folder].map(wordsOf);
      loaded.set(result.id, { url, title: meta.title, folder, names, sections: sectionsOf({ url, ...page }) });
    }
    return loaded.get(result.id);
  };

  // A word that stands nowhere becomes what Pagefind takes it for: one still being typed, another form of it.
  const mend = async (word, pages) => {
    if (pages.some((page) => page.sections.some((section) => section.text.includes(` ${word} `)))) return word;
    const [first] = await ask(word);
    const marked = first ? (await first.data()).excerpt.match(/(?<=<mark>).*?(?=<\/mark>)/g) ?? [] : [];
    return marked.flatMap(wordsOf).find((other) => other.startsWith(word.slice(0, 4))) ?? word;
  };

  return async (text) => {
    const asked = wordsOf(text);
    const found = await candidates(text, asked);
    const pages = await Promise.all(found.map(({ result }) => load(result)));
    const query = asked.length > WORDS ? asked : await Promise.all(asked.map((word) => mend(word, pages)));
    const ranked = pages.map((page, index) => rank(query, page, found[index].score)).filter((page) => page.isFound);
    ranked.sort((one, other) => other.score - one.score);
    return ranked.filter((page) => page.score > 0.4 * ranked[0].score).slice(0, PAGES);
  };
}
