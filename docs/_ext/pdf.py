"""A PDF as Chromium writes it: where its names lead, and the same file packed.

Chromium writes all that is no stream as plain text, most of it the tags for programs that read aloud.
Object streams (ISO 32000-1, 7.5.7) hold the same in a fraction of the bytes.
"""

from __future__ import annotations

import re
import zlib
from functools import cached_property

HEADER = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"
TOGETHER = 200
"""Objects in a stream of them: a reader unpacks all of them for one."""
REFERENCE = rb"(\d+) 0 R"
# When it was printed is no matter of the guide: the same pages give the same bytes.
PRINTED = re.compile(rb"\n/(?:CreationDate|ModDate|Creator) \((?:[^()\\]|\\.)*\)")


class PdfError(Exception):
    """A file that is not as Chromium writes it."""


class Pdf:
    """A printed document; raises PdfError when it is none."""

    def __init__(self, data: bytes) -> None:
        tail = re.search(rb"trailer\n(.*)\nstartxref\n(\d+)\n%%EOF\s*$", data, re.DOTALL)
        if tail is None:
            raise PdfError("no cross-reference table at its end")
        table = int(tail[2])
        entries = [line.split() for line in data[table : tail.start()].splitlines()[2:]]
        offsets = {number: int(entry[0]) for number, entry in enumerate(entries) if entry[2] == b"n"}
        ends = dict(zip(sorted(offsets.values()), [*sorted(offsets.values())[1:], table], strict=True))
        self.trailer = tail[1]
        self.objects = {number: _body(data[start : ends[start]]) for number, start in offsets.items()}

    def find(self, source: bytes, name: str) -> int:
        """Return the number of the object that a dictionary names under a key; raises PdfError."""
        found = re.search(rb"/%s %s" % (name.encode(), REFERENCE), source)
        if found is None:
            raise PdfError(f"no /{name}")
        return int(found[1])

    @cached_property
    def root(self) -> bytes:
        """The catalogue of the document."""
        return self.objects[self.find(self.trailer, "Root")]

    @cached_property
    def pages(self) -> list[int]:
        """The numbers of the objects that are pages, in their order."""
        found = []
        waiting = [self.find(self.root, "Pages")]
        while waiting:
            number = waiting.pop()
            kids = re.search(rb"/Kids \[(.*?)\]", self.objects[number], re.DOTALL)
            if kids is None:
                found.append(number)
            else:
                waiting += reversed([int(each) for each in re.findall(REFERENCE, kids[1])])
        return found

    @cached_property
    def destinations(self) -> dict[str, int]:
        """The page that each name leads to, from 1."""
        numbers = {page: number for number, page in enumerate(self.pages, start=1)}
        names = re.findall(rb"/(\S+) \[%s" % REFERENCE, self.objects[self.find(self.root, "Dests")])
        return {_name(name): numbers[int(page)] for name, page in names}

    def packed(self) -> bytes:
        """Return the same document, smaller, without the time of its making."""
        info = self.find(self.trailer, "Info")
        objects = self.objects | {info: PRINTED.sub(b"", self.objects[info])}
        output = bytearray(HEADER)
        entries: dict[int, tuple[int, int, int]] = {0: (0, 0, 65535)}
        loose = []
        for number, body in sorted(objects.items()):
            if b">> stream\n" in body:
                entries[number] = (1, len(output), 0)
                output += _object(number, body)
            else:
                loose.append((number, body))
        size = 1 + max(objects)
        for start in range(0, len(loose), TOGETHER):
            group = loose[start : start + TOGETHER]
            entries |= {number: (2, size, index) for index, (number, _) in enumerate(group)}
            entries[size] = (1, len(output), 0)
            output += _object(size, _together(group))
            size += 1
        end = len(output)
        entries[size] = (1, end, 0)
        return bytes(output + _object(size, self._table(entries)) + b"startxref\n%d\n%%%%EOF\n" % end)

    def _table(self, entries: dict[int, tuple[int, int, int]]) -> bytes:
        """Return the stream that says where each object is (ISO 32000-1, 7.5.8)."""
        size = 1 + max(entries)
        rows = (entries.get(number, (0, 0, 65535)) for number in range(size))
        table = b"".join(kind.to_bytes(1) + where.to_bytes(4) + index.to_bytes(2) for kind, where, index in rows)
        references = (self.find(self.trailer, "Root"), self.find(self.trailer, "Info"))
        return _stream(b"/Type /XRef /Size %d /W [1 4 2] /Root %d 0 R /Info %d 0 R" % (size, *references), table)


def _body(source: bytes) -> bytes:
    found = re.fullmatch(rb"\d+ 0 obj\n(.*)\nendobj\s*", source, re.DOTALL)
    if found is None:
        raise PdfError(f"no object: {source[:40]!r}")
    return found[1]


def _object(number: int, body: bytes) -> bytes:
    return b"%d 0 obj\n%s\nendobj\n" % (number, body)


def _stream(head: bytes, content: bytes) -> bytes:
    packed = zlib.compress(content, 9)
    return b"<<%s /Filter /FlateDecode /Length %d>> stream\n%s\nendstream" % (head, len(packed), packed)


def _together(group: list[tuple[int, bytes]]) -> bytes:
    index, bodies = bytearray(), bytearray()
    for number, body in group:
        index += b"%d %d " % (number, len(bodies))
        bodies += body + b"\n"
    return _stream(b"/Type /ObjStm /N %d /First %d" % (len(group), len(index)), bytes(index + bodies))


def _name(source: bytes) -> str:
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), source).decode()
