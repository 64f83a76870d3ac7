"""axe-core in a page: all rules that it runs by default, and the size of targets (WCAG 2.2, 2.5.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]  # it ships no types

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Contrast takes four fifths of axe's time and depends on little: the first element of each look stands for all of it.
COLORS = ("color-contrast", "link-in-text-block")
PREPARE = """() => {
  axe.configure({ rules: [
    { id: "color-contrast", selector: "[data-look]" },
    { id: "target-size", enabled: true },
  ] });
}"""
RUN = """async (rules) => {
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const behind = (element) => {
    const found = [];
    for (let each = element; each; each = each.parentElement) {
      const { backgroundColor, backgroundImage, opacity } = getComputedStyle(each);
      found.push(backgroundColor, backgroundImage, opacity);
      if (backgroundColor.startsWith("rgb(")) break;
    }
    return found;
  };
  const look = (element) => {
    const { color, fontSize, fontWeight, textShadow, position } = getComputedStyle(element);
    return [color, fontSize, fontWeight, textShadow, position, ...behind(element)].join();
  };
  const looks = new Map();
  for (const element of document.body.querySelectorAll("*")) {
    element.removeAttribute("data-look");
    if (!hasText(element) || !element.checkVisibility() || looks.has(look(element))) continue;
    looks.set(look(element), element);
    element.setAttribute("data-look", "");
  }
  const options = { resultTypes: ["violations"], preload: false, ...(rules && { runOnly: rules }) };
  const { violations } = await axe.run(document, options);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => (
    `${id}: ${target.join(" ")}: ${failureSummary.split("\\n").slice(1).join(" ").trim()}`
  )));
}"""


def inject(page: Page) -> None:
    """Put axe into a page, until it is left; the driver does it, so no policy of the page forbids it."""
    page.evaluate(AXE_SCRIPT)
    page.evaluate(PREPARE)


def violations(page: Page, *, colors_only: bool = False) -> list[str]:
    """Return what axe finds, as `rule: element: cure`; `colors_only` is for another colour scheme of the same page."""
    found: list[str] = page.evaluate(RUN, COLORS if colors_only else None)
    return found
