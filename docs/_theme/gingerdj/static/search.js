// The search dialog over Pagefind's index of this language. Loaded when the dialog opens, never with a page.
let started = false;

const SECTIONS = 3;
const PAGES = 10;

const element = (tag, properties, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

// Pagefind's excerpt is text in which it escaped everything but its own <mark>.
const excerpt = (html) => {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  return element("p", {}, ...[...parsed.body.childNodes].map((node) => (
    node.nodeName === "MARK" ? element("mark", { textContent: node.textContent }) : node.textContent
  )));
};

const entry = (page) => {
  const item = element("li", {}, element("a", { href: page.url, className: "result-page" }, page.meta.title));
  const isTop = (section) => !section.anchor || section.anchor.element === "h1";
  const sections = page.sub_results.filter((section) => !isTop(section)).slice(0, SECTIONS);
  const top = page.sub_results.find(isTop);
  if (top || !sections.length) item.firstChild.append(excerpt((top ?? page).excerpt));
  if (sections.length) {
    item.append(element("ul", {}, ...sections.map((section) => (
      element("li", {}, element("a", { href: section.url }, section.title, excerpt(section.excerpt)))
    ))));
  }
  return item;
};

export async function start(dialog) {
  if (started) return;
  started = true;
  const input = dialog.querySelector("input");
  const status = dialog.querySelector(".search-status");
  const results = dialog.querySelector(".search-results");

  let pagefind;
  try {
    const bundle = new URL(dialog.dataset.bundle, document.baseURI);
    pagefind = await import(new URL("pagefind.js", bundle));
    await pagefind.options({ bundlePath: bundle.pathname, baseUrl: new URL("..", bundle).pathname, excerptLength: 24 });
    await pagefind.init();
  } catch {
    started = false;
    status.textContent = status.dataset.failed;
    return;
  }

  const search = async () => {
    const query = input.value.trim();
    const found = query ? await pagefind.debouncedSearch(query, {}, 120) : { results: [] };
    if (found === null || query !== input.value.trim()) return; // a later letter is being looked up
    const pages = await Promise.all(found.results.slice(0, PAGES).map((result) => result.data()));
    if (query !== input.value.trim()) return;
    results.replaceChildren(...pages.map(entry));
    dialog.dataset.query = query;
    if (!query) status.textContent = "";
    else status.textContent = pages.length ? `${status.dataset.count} ${found.results.length}` : status.dataset.none;
  };

  input.addEventListener("input", search);
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === input) {
      event.preventDefault(); // the form would close the dialog
      results.querySelector("a")?.click();
    }
    if (event.key === "Escape") dialog.close(); // a search field would only empty itself
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [input, ...results.querySelectorAll("a")];
    const next = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    stops[Math.max(0, Math.min(stops.length - 1, next))].focus();
    event.preventDefault();
  });
  search();
}
