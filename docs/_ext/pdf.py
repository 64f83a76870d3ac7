"""A PDF as Chromium writes it: where its names lead, and the same document packed.

Chromium writes all that is no stream as plain text, most of it the tags for programs that read aloud.
Object streams (ISO 32000-1, 7.5.7) hold the same in a fraction of the bytes.
"""

from __future__ import annotations

from io import BytesIO

from pikepdf import ObjectStreamMode, Pdf, PdfError

# When and by which browser it was printed is no matter of the guide: the same pages give the same bytes.
PRINTED = {"/CreationDate", "/ModDate", "/Creator"}


def destinations(data: bytes) -> dict[str, int]:
    """Return the page that each name leads to, from 1; raises PdfError for what is no document, or names no place."""
    with _opened(data) as document:
        numbers = {page.obj.objgen: number for number, page in enumerate(document.pages, start=1)}
        places = document.Root.get("/Dests")
        if places is None:
            raise PdfError("no /Dests: no link within the document, or names that Chromium now keeps elsewhere")
        return {name.removeprefix("/"): numbers[place[0].objgen] for name, place in places.items()}


def packed(data: bytes) -> bytes:
    """Return the same document, smaller, without the time of its making; raises PdfError for what is none."""
    output = BytesIO()
    with _opened(data) as document:
        for key in PRINTED & document.docinfo.keys():
            del document.docinfo[key]
        document.save(output, object_stream_mode=ObjectStreamMode.generate, deterministic_id=True)
    return output.getvalue()


def _opened(data: bytes) -> Pdf:
    """Open what a browser has just written: where that is damaged, it is not to be repaired in silence."""
    return Pdf.open(BytesIO(data), attempt_recovery=False)
