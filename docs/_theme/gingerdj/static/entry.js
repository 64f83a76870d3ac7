// The pages above the languages: which of them does this reader read? Without a script both show all of them.
(() => {
  const recall = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  document.body.dataset.theme = recall("theme") ?? "auto";

  // zh-Hans-CN, zh-CN and zh are all answered by zh-Hans, and pt or pt-PT by pt-BR: the same language comes first.
  const base = (tag) => tag.toLowerCase().split("-")[0];
  const choose = (tags) => {
    for (const wanted of [recall("language"), ...navigator.languages].filter(Boolean)) {
      const found = tags.find((tag) => tag.toLowerCase() === wanted.toLowerCase()) ?? tags.find((tag) => base(tag) === base(wanted));
      if (found) return found;
    }
    return document.documentElement.lang;
  };

  addEventListener("DOMContentLoaded", () => {
    const links = [...document.querySelectorAll("[data-entry] a")];
    const target = links.find((link) => link.hreflang === choose(links.map((each) => each.hreflang)));
    if (target) location.replace(new URL(target.getAttribute("href") + location.search + location.hash, location));

    const sections = [...document.querySelectorAll("[data-slug]")];
    const folders = location.pathname.split("/");
    const shown = sections.find((section) => folders.includes(section.dataset.slug))
      ?? sections.find((section) => section.lang === choose(sections.map((each) => each.lang)));
    sections.forEach((section) => { section.hidden = section !== shown; });
    if (shown) document.documentElement.lang = shown.lang;
  });
})();
