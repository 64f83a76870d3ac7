"""A printed document, packed: where its names lead, and that the same pages give the same bytes."""

from __future__ import annotations

from io import BytesIO

import pikepdf
import pytest

from _ext.pdf import destinations, packed

PAGES = {"start": 1, "第一章": 3, "servers.a b": 3}


def printed(when: str, *, names: bool = True) -> bytes:
    """Return a document of three pages as a browser writes it at a time: without object streams."""
    output = BytesIO()
    with pikepdf.new() as document:
        for _ in range(3):
            document.add_blank_page()
        if names:
            places = {f"/{name}": [document.pages[page - 1].obj, pikepdf.Name.Fit] for name, page in PAGES.items()}
            document.Root.Dests = pikepdf.Dictionary(places)
        document.docinfo.Title = "标题"
        document.docinfo.Creator = f"Browser of {when}"
        document.docinfo.CreationDate = document.docinfo.ModDate = when
        document.save(output, object_stream_mode=pikepdf.ObjectStreamMode.disable, static_id=True)
    return output.getvalue()


def test_names_lead_to_pages_counted_from_one() -> None:
    assert destinations(printed("D:2026")) == PAGES


def test_a_packed_document_leads_to_the_same_pages_and_keeps_its_title() -> None:
    data = packed(printed("D:2026"))
    assert destinations(data) == PAGES
    with pikepdf.open(BytesIO(data)) as document:
        assert dict(document.docinfo.items()) == {"/Title": "标题"}
        assert any(entry.type == 2 for entry in document.get_xref_table().values()), "no object stream"


def test_the_same_pages_give_the_same_bytes_whenever_they_are_printed() -> None:
    first, second = printed("D:2026"), printed("D:2027")
    assert first != second
    assert packed(first) == packed(second)


def test_its_identifier_is_made_of_its_pages_and_not_of_the_time() -> None:
    """One made of the time is the same for all that is packed in the same second."""
    found = []
    for data in (printed("D:2026"), printed("D:2026", names=False)):
        with pikepdf.open(BytesIO(packed(data))) as document:
            found.append(bytes(document.trailer.ID[1]))
    assert found[0] != found[1]


@pytest.mark.parametrize(
    "data",
    [b"", b"%PDF-1.4\n", printed("D:2026")[:-40], printed("D:2026").replace(b"startxref\n", b"startxref\n1")],
    ids=["empty", "only a beginning", "cut off", "table elsewhere"],
)
def test_a_damaged_document_is_not_repaired_in_silence(data: bytes) -> None:
    with pytest.raises(pikepdf.PdfError):
        destinations(data)
    with pytest.raises(pikepdf.PdfError):
        packed(data)


def test_a_document_without_names_is_refused() -> None:
    with pytest.raises(pikepdf.PdfError, match="no /Dests"):
        destinations(printed("D:2026", names=False))
