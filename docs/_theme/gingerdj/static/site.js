// Everything here adds to a page that is complete without it. No words: they come translated, in the page.
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Storage may be refused (private windows, embedded pages): then nothing is remembered, and nothing breaks.
  const remember = (key, value) => { try { localStorage.setItem(key, value); } catch { /* not remembered */ } };
  const recall = (key) => { try { return localStorage.getItem(key); } catch { return null; } };

  root.classList.replace("no-js", "js");
  const THEMES = ["auto", "light", "dark"];
  let theme = THEMES.includes(recall("theme")) ? recall("theme") : "auto";
  document.body.dataset.theme = theme;

  const labelTheme = (button) => button.setAttribute("aria-label", button.dataset[`label${theme[0].toUpperCase()}${theme.slice(1)}`]);
  const initTheme = () => all(".theme-toggle").forEach((button) => {
    labelTheme(button);
    button.addEventListener("click", () => {
      theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
      document.body.dataset.theme = theme;
      remember("theme", theme);
      labelTheme(button);
    });
  });

  const announce = (text) => { document.querySelector(".announce").textContent = text; };

  const initCopy = () => {
    const template = document.getElementById("copy-button");
    all(".block[data-copy]").forEach((block) => {
      block.querySelector(".block-tools").append(template.content.cloneNode(true));
      const button = block.querySelector(".copy");
      button.setAttribute("aria-label", `${button.title}: ${block.querySelector(".block-title").textContent}`);
      button.addEventListener("click", async () => {
        let said = button.dataset.done;
        try {
          await navigator.clipboard.writeText(block.dataset.copy);
          button.classList.add("done");
          setTimeout(() => button.classList.remove("done"), 2000);
        } catch { said = button.dataset.failed; }
        announce("");
        requestAnimationFrame(() => announce(said));
      });
    });
  };

  // Tabs of one group follow each other, on this page and the next ones; ?framework=django wins and can be shared.
  const select = (group, id) => all(`.sd-tab-label[data-sync-group="${CSS.escape(group)}"][data-sync-id="${CSS.escape(id)}"]`)
    .forEach((label) => { label.previousElementSibling.checked = true; });
  const query = new URLSearchParams(location.search);
  const settle = () => {
    for (const group of new Set(all(".sd-tab-label[data-sync-group]").map((label) => label.dataset.syncGroup))) {
      const wanted = query.get(group) ?? recall(`tab-${group}`);
      if (wanted !== null) select(group, wanted);
    }
  };
  // While the page still arrives: each tab is chosen before it is painted, so that nothing moves under the reader.
  const arriving = new MutationObserver(settle);
  arriving.observe(document.body, { childList: true, subtree: true });
  const initTabs = () => {
    arriving.disconnect();
    settle();
    const labels = all(".sd-tab-label[data-sync-group]");
    for (const { dataset: { syncGroup } } of labels) if (query.has(syncGroup)) remember(`tab-${syncGroup}`, query.get(syncGroup));
    labels.forEach((label) => label.previousElementSibling.addEventListener("change", () => {
      const { syncGroup, syncId } = label.dataset;
      // What stands above may grow or shrink: keep the chosen tab under the reader's eyes.
      const before = label.getBoundingClientRect().top;
      select(syncGroup, syncId);
      scrollBy({ top: label.getBoundingClientRect().top - before, behavior: "instant" });
      remember(`tab-${syncGroup}`, syncId);
      const address = new URL(location.href);
      address.searchParams.set(syncGroup, syncId);
      history.replaceState(history.state, "", address);
    }));
  };

  // The same page at the same place in another language, and that choice for the next visit.
  const initLanguages = () => all(".languages a").forEach((link) => link.addEventListener("click", () => {
    link.search = location.search;
    link.hash = location.hash;
    remember("language", link.hreflang);
  }));

  const initContents = () => {
    const links = new Map(all(".site-toc a[href^='#']").map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
    const headings = all("article :is(h1, h2, h3, h4)[id]").filter((heading) => links.has(heading.id));
    if (!headings.length) return;
    const mark = () => {
      const line = innerHeight / 4;
      const current = headings.filter((heading) => heading.getBoundingClientRect().top < line).at(-1);
      links.forEach((link, id) => link.toggleAttribute("aria-current", id === current?.id));
      if (current) links.get(current.id).setAttribute("aria-current", "location");
    };
    let waiting = false;
    addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; mark(); });
    }, { passive: true });
    all("a", document.querySelector(".site-toc")).forEach((link) => link.addEventListener("click", () => {
      const menu = document.getElementById("contents");
      if (menu.matches(":popover-open")) menu.hidePopover();
    }));
    mark();
  };

  // What scrolls sideways must be reachable by keyboard, with a name; what doesn't must not be a stop.
  const initScrollers = () => {
    const name = (element) => element.closest(".block")?.querySelector(".block-title")?.textContent
      ?? element.closest("section")?.querySelector("h1, h2, h3, h4")?.firstChild?.textContent ?? document.title;
    const observer = new ResizeObserver((entries) => entries.forEach(({ target }) => {
      const scrolls = target.scrollWidth > target.clientWidth;
      if (scrolls === target.hasAttribute("tabindex")) return;
      for (const [attribute, value] of [["tabindex", "0"], ["role", "group"], ["aria-label", name(target)]]) {
        if (scrolls) target.setAttribute(attribute, value); else target.removeAttribute(attribute);
      }
    }));
    all("article pre, article .table-wrapper").forEach((element) => observer.observe(element));
  };

  // An open mark closes like any other menu.
  const initEvidence = () => {
    const close = (except) => all(".evidence[open]").forEach((mark) => { if (!mark.contains(except)) mark.open = false; });
    addEventListener("click", (event) => close(event.target));
    addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      const open = document.querySelector(".evidence[open]");
      close(null);
      open?.querySelector("summary").focus();
    });
  };

  const initSearch = () => {
    const dialog = document.getElementById("search");
    if (!dialog) return; // a copy of the guide on a disk has no search
    const open = () => {
      if (!dialog.open) dialog.showModal();
      dialog.querySelector("input").select();
      // Only now does anything of the search reach the reader's machine.
      import(new URL(dialog.dataset.script, document.baseURI)).then((search) => search.start(dialog));
    };
    all(".search-open").forEach((button) => button.addEventListener("click", open));
    const asked = new URLSearchParams(location.search).get("q"); // a search can be shared
    if (asked) {
      dialog.querySelector("input").value = asked;
      open();
    }
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input:not([type=radio]), textarea, select, [contenteditable]");
      const slash = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (!slash && !(event.key === "k" && (event.ctrlKey || event.metaKey))) return;
      event.preventDefault();
      open();
    });
  };

  addEventListener("DOMContentLoaded", () => [initTheme, initTabs, initLanguages, initCopy, initContents, initScrollers, initEvidence, initSearch].forEach((start) => start()));
})();
