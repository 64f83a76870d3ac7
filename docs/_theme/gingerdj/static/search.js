// The search dialog. Loaded, with all that it needs, when the dialog opens, never with a page.
import { open } from "./find.js";

const WAIT = 120; // milliseconds without a letter, before anything is looked up
let started = false;

const element = (tag, properties, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

const excerpt = (section) => element("p", {}, ...section.excerpt().map(([text, isHit]) => (
  isHit ? element("mark", { textContent: text }) : text
)));

// A search can be shared, and is there again when the reader comes back from a page that it found.
const remember = (query) => {
  const address = new URL(location.href);
  if (query) address.searchParams.set("q", query); else address.searchParams.delete("q");
  history.replaceState(history.state, "", address);
};

export async function start(dialog) {
  if (started) return;
  started = true;
  const input = dialog.querySelector("input");
  const status = dialog.querySelector(".search-status");
  const results = dialog.querySelector(".search-results");
  const parts = new Map([...dialog.querySelectorAll(".search-parts [value]")].map((part) => [part.value, part.textContent]));

  const link = (url, best, className, ...children) => (
    element("a", { href: url, className: url === best ? `${className} best` : className }, ...children)
  );
  const entry = ({ url, title, folder, sections, best }) => {
    const top = sections.find((section) => section.isTop);
    const part = parts.has(folder) ? [element("span", { className: "result-part", textContent: parts.get(folder) }), " "] : [];
    const name = element("span", { className: "result-title", textContent: title });
    const below = sections.filter((section) => section !== top).map((section) => (
      element("li", {}, link(section.url, best, "result-section", section.heading, excerpt(section)))
    ));
    return element("li", {}, link(url, best, "result-page", ...part, name, ...(top ? [excerpt(top)] : [])),
      ...(below.length ? [element("ul", {}, ...below)] : []));
  };

  let find;
  try {
    find = await open(new URL(dialog.dataset.bundle, document.baseURI));
  } catch {
    started = false;
    status.textContent = status.dataset.failed;
    return;
  }

  const search = async () => {
    const query = input.value.trim();
    await new Promise((done) => { setTimeout(done, WAIT); });
    if (query !== input.value.trim()) return; // a later letter has come
    const pages = query ? await find(query) : [];
    if (query !== input.value.trim()) return;
    results.replaceChildren(...pages.map(entry));
    results.scrollTop = 0;
    dialog.dataset.query = query;
    if (!query) status.textContent = "";
    else status.textContent = pages.length ? `${status.dataset.count} ${pages.length}` : status.dataset.none;
    if (dialog.open) remember(query);
  };

  input.addEventListener("input", search);
  dialog.addEventListener("close", () => remember(""));
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === input) {
      event.preventDefault(); // the form would close the dialog
      results.querySelector(".best")?.click();
    }
    if (event.key === "Escape") dialog.close(); // a search field would only empty itself
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [input, ...results.querySelectorAll("a")];
    const next = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    stops[Math.max(0, Math.min(stops.length - 1, next))].focus();
    event.preventDefault();
  });
  // A section of this very page: the dialog must not stay in front of it.
  results.addEventListener("click", (event) => {
    if (event.target.closest("a")?.pathname !== location.pathname) return;
    remember("");
    dialog.close();
  });
  await search();
}
