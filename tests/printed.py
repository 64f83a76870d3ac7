"""A printed document read back, by its bytes: the text of its pages and the fonts within it.

It reads what a PDF reader must (ISO 32000-1: object streams, ToUnicode maps, marked content), and so little
of it that no library is needed.
"""

from __future__ import annotations

import re
import zlib
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj\n", re.DOTALL)
# What shows text, which font does, and the marks around it: with an MCID it belongs to the text, heads and numbers of
# pages do not; an ActualText stands for what is shown, as where one glyph is both an ideograph and a radical.
OPERATION = re.compile(
    rb"/(?P<font>F\d+) [-.\d]+ Tf|<(?P<hex>[0-9A-Fa-f]*)> Tj|\[(?P<run>.*?)\] TJ|(?P<plain>\() ?"
    rb"|/\w+ ?<<(?P<begin>[^\n]*)>> ?BDC\n|(?P<bare>BMC\n)|(?P<end>EMC\n)",
    re.DOTALL,
)
ACTUAL = re.compile(rb"/ActualText <(\w+)>")


class Printed:
    """A packed PDF, whose table must lead to each of its objects."""

    def __init__(self, data: bytes) -> None:
        assert data.startswith(b"%PDF-1.5")
        self.data = data
        self.streams: dict[int, tuple[list[int], list[bytes]]] = {}
        table = self._at(int(one(rb"startxref\n(\d+)\n%%EOF\n$", data)))
        assert b"/W [1 4 2]" in table
        content = self.stream(table)
        rows = [content[at : at + 7] for at in range(0, len(content), 7)]
        assert len(rows) == int(one(rb"/Size (\d+)", table))
        self.objects = {
            number: self._at(int.from_bytes(row[1:5]), number) for number, row in enumerate(rows) if row[0] == 1
        }
        self.objects |= {number: self._within(row, number) for number, row in enumerate(rows) if row[0] == 2}

    def stream(self, body: bytes) -> bytes:
        """Return the content of a stream."""
        return zlib.decompress(body.partition(b"stream\n")[2])

    def _at(self, offset: int, number: int | None = None) -> bytes:
        found = OBJECT.match(self.data, offset)
        assert found, f"no object at {offset}"
        assert number in {None, int(found[1])}
        return found[2]

    def _within(self, row: bytes, number: int) -> bytes:
        """Return an object that a row of the cross-reference table places in a stream of them."""
        where, index = int.from_bytes(row[1:5]), int.from_bytes(row[5:])
        if where not in self.streams:
            self.streams[where] = self._unpacked(self.objects[where])
        numbers, bodies = self.streams[where]
        assert numbers[index] == number
        return bodies[index]

    def _unpacked(self, body: bytes) -> tuple[list[int], list[bytes]]:
        content = self.stream(body)
        first = int(one(rb"/First (\d+)", body))
        index = [int(each) for each in content[:first].split()]
        starts = [*index[1::2], len(content) - first]
        return index[::2], [content[first + start : first + end] for start, end in pairwise(starts)]

    def where(self, mark: bytes) -> list[bytes]:
        """Return the objects that are no stream and hold these bytes."""
        return [body for body in self.objects.values() if mark in body and b"stream\n" not in body]

    def named(self, key: bytes) -> int:
        """Return the number of an object that the catalogue of the document names."""
        (catalogue,) = self.where(b"/Type /Catalog")
        return int(one(rb"/%s (\d+) 0 R" % key, catalogue))

    @cached_property
    def pages(self) -> list[str]:
        """The text of each page, without all spaces, which a line may end in or not."""
        return [self._text(self.objects[page]) for page in self._leaves(self.named(b"Pages"))]

    @cached_property
    def destinations(self) -> dict[str, int]:
        """The page that each name leads to, from 1."""
        numbers = {page: number for number, page in enumerate(self._leaves(self.named(b"Pages")), start=1)}
        found = re.findall(rb"/(\S+) \[(\d+) 0 R", self.objects[self.named(b"Dests")])
        return {name.decode(): numbers[int(page)] for name, page in found}

    @cached_property
    def links(self) -> list[str]:
        """The name that each link within the document leads to."""
        return re.findall(r"/Dest /([^\s>]+)", b"".join(self.where(b"/Subtype /Link")).decode("latin-1"))

    @cached_property
    def outline(self) -> list[tuple[int, str]]:
        """Each heading with its level, in their order."""
        return list(self._below(self.named(b"Outlines"), 1))

    def _below(self, number: int, level: int) -> Iterator[tuple[int, str]]:
        found = re.search(rb"/First (\d+)", self.objects[number])
        while found:
            item = self.objects[int(found[1])]
            yield level, _title(item)
            yield from self._below(int(found[1]), level + 1)
            found = re.search(rb"/Next (\d+)", item)

    def _leaves(self, number: int) -> list[int]:
        body = self.objects[number]
        if b"/Kids" not in body:
            return [number]
        kids = re.findall(rb"(\d+) 0 R", one(rb"/Kids \[(.*?)\]", body))
        return [leaf for kid in kids for leaf in self._leaves(int(kid))]

    def _text(self, page: bytes) -> str:
        fonts = {name: int(number) for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", page)}
        content = self.stream(self.objects[int(one(rb"/Contents (\d+)", page))])
        text: list[str] = []
        marks: list[bytes] = []
        font = b""
        for found in OPERATION.finditer(content):
            assert not found["plain"], "Chromium writes codes in hexadecimal digits"
            if found["font"]:
                font = found["font"]
            elif found["begin"] or found["bare"]:
                marks.append(found["begin"] or b"")
                actual = ACTUAL.search(marks[-1])
                text += [bytes.fromhex(actual[1].decode()).decode("utf-16")] if actual and _is_read(marks) else []
            elif found["end"]:
                marks.pop()
            elif _is_read(marks) and not any(map(ACTUAL.search, marks)):
                text.append(self._decoded(fonts[font], found))
        return "".join("".join(text).split())

    def _decoded(self, font: int, found: re.Match[bytes]) -> str:
        digits = found["hex"] if found["run"] is None else b"".join(re.findall(rb"<([0-9A-Fa-f]*)>", found["run"]))
        width, characters = self._map(font)
        codes = (int(digits[at : at + width], 16) for at in range(0, len(digits), width))
        return "".join(characters.get(code, "\N{REPLACEMENT CHARACTER}") for code in codes)

    @cache  # noqa: B019  # as long as the tests that read the document
    def _map(self, font: int) -> tuple[int, dict[int, str]]:
        """Return how many digits a code has, and which characters each stands for."""
        source = self.stream(self.objects[int(one(rb"/ToUnicode (\d+)", self.objects[font]))]).decode()
        characters: dict[int, str] = {}
        for block in re.findall(r"beginbfchar\n(.*?)endbfchar", source, re.DOTALL):
            for code, to in re.findall(r"<(\w+)> <(\w+)>", block):
                characters[int(code, 16)] = bytes.fromhex(to).decode("utf-16-be")
        for block in re.findall(r"beginbfrange\n(.*?)endbfrange", source, re.DOTALL):
            for first, last, to in re.findall(r"<(\w+)> <(\w+)> <(\w+)>", block):
                for step in range(int(last, 16) - int(first, 16) + 1):
                    characters[int(first, 16) + step] = chr(int(to, 16) + step)
        codespace = re.search(r"begincodespacerange\n<(\w+)>", source)
        assert codespace
        return len(codespace[1]), characters


def _is_read(marks: list[bytes]) -> bool:
    return any(b"/MCID" in mark for mark in marks)


def _title(item: bytes) -> str:
    if found := re.search(rb"/Title <(\w+)>", item):
        return bytes.fromhex(found[1].decode()).decode("utf-16")
    return re.sub(rb"\\(.)", rb"\1", one(rb"/Title \(((?:[^()\\]|\\.)*)\)", item)).decode()


def one(pattern: bytes, source: bytes) -> bytes:
    """Return what a pattern finds first; it must find something."""
    found = re.search(pattern, source, re.DOTALL)
    assert found, f"{pattern!r} is not in {source[:60]!r}"
    return found[1]
