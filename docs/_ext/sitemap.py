"""robots.txt and the sitemaps: one for each language, and an index of them (https://www.sitemaps.org/protocol.html).

The protocol wants whole addresses, so without the site's address on the web there is a robots.txt and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from _ext.languages import LANGUAGES, SOURCE, Language
from _ext.theme import address

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from _ext.head import Head

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"
NAME = "sitemap.xml"


def write(
    site: Path, pages: Mapping[Language, list[Head]], *, public: str, changes: Mapping[tuple[Language, str], datetime]
) -> None:
    """Write the files into the site.

    `public` is its address on the web, with its slash, or nothing; `changes` tells when a page of a language last
    changed, by the page's stem, as far as it is known.
    """
    lines = ["User-agent: *", "Allow: /"]
    if public:
        lines += ["", f"Sitemap: {public}{NAME}"]
        index = Element("sitemapindex", xmlns=SITEMAP)
        for language in LANGUAGES:
            SubElement(SubElement(index, "sitemap"), "loc").text = address(language, NAME, public)
            _save(site / language.slug / NAME, _urls(language, pages[language], public, changes))
        _save(site / NAME, index)
    (site / "robots.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _urls(
    language: Language, pages: list[Head], public: str, changes: Mapping[tuple[Language, str], datetime]
) -> Element:
    urls = Element("urlset", {"xmlns": SITEMAP, "xmlns:xhtml": XHTML})
    for page in pages:
        url = SubElement(urls, "url")
        SubElement(url, "loc").text = address(language, page.address, public)
        if (language, page.stem) in changes:
            SubElement(url, "lastmod").text = changes[language, page.stem].isoformat()
        alternates = [(each.tag, each) for each in LANGUAGES] + [("x-default", SOURCE)]
        for tag, each in alternates:
            href = address(each, page.address, public)
            SubElement(url, "xhtml:link", rel="alternate", hreflang=tag, href=href)
    return urls


def _save(path: Path, root: Element) -> None:
    indent(root)
    path.write_bytes(tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")
