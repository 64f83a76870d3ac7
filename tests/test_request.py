"""The request that a view gets: headers, cookies and forms, however a server hands them over."""

from __future__ import annotations

import copy
import io
import json
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.core.handlers import asgi
from django.http import HttpResponse, JsonResponse

from gingerdj.handler import ASGIHandler
from gingerdj.request import Request, normal, size
from tests.project.server import answer, configure, http, parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    Headers = list[tuple[bytes, bytes]]
    View = Callable[[HttpRequest], Any]

SPOOL = 1000
"""FILE_UPLOAD_MAX_MEMORY_SIZE of these tests."""


def request(*headers: tuple[bytes, bytes]) -> Request:
    """A request with these headers."""
    configure()
    return Request(http(headers=headers), io.BytesIO())


@pytest.mark.parametrize("name", [b"x-trace", b"X-Trace", b"X-TRACE", b"x-tRaCe"])
def test_header_in_any_case(name: bytes) -> None:
    made = request((name, b"7"))
    assert (made.headers["x-trace"], made.META["HTTP_X_TRACE"]) == ("7", "7")


@pytest.mark.parametrize("length", [b"content-length", b"Content-Length", b"CONTENT-LENGTH"])
@pytest.mark.parametrize("kind", [b"content-type", b"Content-Type", b"CONTENT-TYPE"])
def test_the_two_headers_without_a_prefix(length: bytes, kind: bytes) -> None:
    made = request((length, b"3"), (kind, b"text/plain; charset=latin-1"))
    assert (made.META["CONTENT_LENGTH"], made.META["CONTENT_TYPE"]) == ("3", "text/plain; charset=latin-1")
    assert (made.content_type, made.encoding) == ("text/plain", "latin-1")
    assert not {"HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE"} & made.META.keys()


@pytest.mark.parametrize("name", [b"x_trace", b"X_Trace", b"CONTENT_TYPE", b"Content_Length"])
def test_a_name_with_an_underscore_is_no_other_header(name: bytes) -> None:
    """It would pass for the one with hyphens, which a proxy may have set or removed."""
    made = request((name, b"7"))
    assert not {"HTTP_X_TRACE", "CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_CONTENT_TYPE"} & made.META.keys()


@pytest.mark.parametrize("names", [(b"accept", b"accept"), (b"Accept", b"accept"), (b"ACCEPT", b"Accept")])
def test_values_of_one_name_keep_their_order(names: tuple[bytes, bytes]) -> None:
    first, second = names
    assert request((first, b"a/b"), (b"x-other", b"1"), (second, b"c/d")).headers["accept"] == "a/b,c/d"


@pytest.mark.parametrize(
    "values",
    [
        [b"a=1", b"b=2"],
        [b"a=1; b=2", b"c=3"],
        [b"a=1;", b"b=2; ", b"c=3"],
        [b"a=1", b"a=2"],
        [b'a="x, y"', b"b=2"],
        [b"a=1,b=2", b"c=3"],
        [b"", b"a=1"],
    ],
)
@pytest.mark.parametrize("names", [[b"cookie"], [b"Cookie"], [b"cookie", b"Cookie"]])
def test_cookies_in_several_headers_are_as_in_one(values: list[bytes], names: list[bytes]) -> None:
    """RFC 9113, 8.2.3."""
    split: Headers = [(names[number % len(names)], value) for number, value in enumerate(values)]
    joined = b"; ".join(value.rstrip(b"; ") for value in values)
    assert request(*split).COOKIES == request((b"cookie", joined)).COOKIES
    assert request(*split).META["HTTP_COOKIE"] == joined.decode()


def test_cookies_are_as_django_6_joins_them() -> None:
    if django.VERSION >= (6, 0):
        headers: Headers = [(b"cookie", b"a=1; "), (b"cookie", b"b=2")]
        djangos = asgi.ASGIRequest(http(headers=headers), io.BytesIO())
        assert request(*headers).META["HTTP_COOKIE"] == djangos.META["HTTP_COOKIE"]


def test_normal_headers_are_lower_case_with_one_cookie() -> None:
    headers = [(b"Cookie", b"a=1"), (b"X-B", b"2"), (b"cookie", b"c=3;"), (b"X-B", b"4")]
    assert normal(headers) == [(b"x-b", b"2"), (b"x-b", b"4"), (b"cookie", b"a=1; c=3")]
    assert normal([(b"Host", b"a")]) == [(b"host", b"a")]


@pytest.mark.parametrize("headers", [[], [(b"X-A", b"1")], [(b"cookie", b"a=1"), (b"cookie", b"b=2")]])
def test_the_scope_stays_as_it_was(headers: Headers) -> None:
    configure()
    scope = http(headers=headers)
    before = copy.deepcopy(scope)
    made = Request(scope, io.BytesIO())
    assert made.COOKIES is not None
    assert scope == before
    if not headers:
        assert made.scope is scope


def test_headers_may_be_lists_and_be_in_a_tuple() -> None:
    """The specification asks for iterables."""
    configure()
    made = Request(http() | {"headers": ([b"X-A", b"1"], [b"x-b", b"2"])}, io.BytesIO())
    assert (made.headers["x-a"], made.headers["x-b"]) == ("1", "2")


def multipart(fields: dict[str, bytes], files: dict[str, bytes], boundary: str = "limit") -> bytes:
    """A form (RFC 7578)."""
    found = []
    for name, value in fields.items():
        found.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value)
    for name, value in files.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.bin"\r\n'
        found.append(f"{head}Content-Type: application/x-{name}; charset=utf-8\r\n\r\n".encode() + value)
    return b"\r\n".join([*found, f"--{boundary}--\r\n".encode()])


MULTIPART = b"multipart/form-data; boundary=limit"
URLENCODED = b"application/x-www-form-urlencoded"
FORMS = {
    "fields": (MULTIPART, multipart({"a": b"1", "b": "naïve".encode()}, {})),
    "file": (MULTIPART, multipart({"a": b"1"}, {"f": bytes(range(256))})),
    "empty file": (MULTIPART, multipart({}, {"f": b""})),
    "large file": (MULTIPART, multipart({"a": b"1"}, {"f": b"\r\n--limi" * SPOOL, "g": b"small"})),
    "large field": (MULTIPART, multipart({"a": b"x" * 3000}, {"f": b"small"})),
    "too large fields": (MULTIPART, multipart({"a": b"x" * 3000, "b": b"y" * 3000}, {})),
    "too many fields": (MULTIPART, multipart({f"a{n}": b"" for n in range(30)}, {})),
    "too many files": (MULTIPART, multipart({}, {f"f{n}": b"" for n in range(10)})),
    "cut short": (MULTIPART, multipart({"a": b"1"}, {"f": b"never ends"})[:-20]),
    "no form": (MULTIPART, b"nothing of the kind"),
    "no boundary": (b"multipart/form-data", multipart({"a": b"1"}, {})),
    "pairs": (URLENCODED, b"a=1&a=2&b=na%C3%AFve&c="),
    "many pairs": (URLENCODED, b"&".join(b"a=%d" % n for n in range(30))),
    "large pair": (URLENCODED, b"a=" + b"x" * 3000),
    "too large pair": (URLENCODED, b"a=" + b"x" * 6000),
}
ENDS = {name: 400 for name in FORMS if name.startswith(("too", "many", "no "))} | {"no form": 200}


def form(made: HttpRequest) -> JsonResponse:
    """What Django made of a form."""
    files = [
        [
            name,
            file.name,
            file.size,
            file.content_type,
            type(file).__name__,
            file.read().decode("latin-1"),
        ]
        for name, found in made.FILES.lists()
        for file in found
    ]
    return JsonResponse({"POST": list(made.POST.lists()), "FILES": files})


def sync_view(made: HttpRequest) -> HttpResponse:
    """A form, read at once."""
    return form(made)


async def async_view(made: HttpRequest) -> HttpResponse:
    """A form, read at once."""
    return form(made)


async def body_first(made: HttpRequest) -> HttpResponse:
    """A form, read after its bytes, as CSRF protection by signature does."""
    return HttpResponse(b"%d bytes: %b" % (len(made.body), form(made).content))


async def stream_first(made: HttpRequest) -> HttpResponse:
    """No form: its bytes have been read."""
    return HttpResponse(b"%d bytes: %b" % (len(made.read()), form(made).content))


def posted(kind: type[asgi.ASGIHandler], view: View, name: str, *, cut: int, length: bool) -> tuple[int, bytes]:
    """The status for a form in parts of this length, with or without its Content-Length, and what the view answered."""
    header, data = FORMS[name]
    headers = [(b"content-type", header)]
    if length:
        headers.append((b"content-length", str(len(data)).encode()))
    events = parts(*(data[start : start + cut] for start in range(0, len(data), cut)))
    limits = {
        "FILE_UPLOAD_MAX_MEMORY_SIZE": SPOOL,
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 5 * SPOOL,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 20,
        "DATA_UPLOAD_MAX_NUMBER_FILES": 5,
    }
    server = answer(view, *events, scope=http("POST", headers=headers), kind=kind, **limits)
    return server.status, server.body if server.status == 200 else b""


@pytest.mark.parametrize("view", [sync_view, async_view, body_first, stream_first])
@pytest.mark.parametrize("name", FORMS)
def test_forms_in_chunks_are_as_those_with_a_length_in_django(name: str, view: View) -> None:
    whole = len(FORMS[name][1])
    expected = posted(asgi.ASGIHandler, view, name, cut=whole, length=True)
    for cut in (whole, 37):
        for length in (True, False):
            assert posted(ASGIHandler, view, name, cut=cut, length=length) == expected, (cut, length)
    if view in {sync_view, async_view}:
        assert expected[0] == ENDS.get(name, 200)


def test_a_form_in_another_method_is_not_read() -> None:
    kind, data = FORMS["file"]
    assert answer(form, *parts(data), scope=http("PUT", headers=[(b"content-type", kind)])).body == (
        b'{"POST": [], "FILES": []}'
    )


def test_the_forms_above_have_what_they_say() -> None:
    """Two wrong handlers would agree, too."""
    _, answered = posted(ASGIHandler, async_view, "large file", cut=500, length=False)
    found = json.loads(answered)
    assert found["POST"] == [["a", ["1"]]]
    assert [file[:3] + file[4:5] for file in found["FILES"]] == [
        ["f", "f.bin", 8 * SPOOL, "TemporaryUploadedFile"],
        ["g", "g.bin", 5, "TemporaryUploadedFile"],
    ]
    _, answered = posted(ASGIHandler, async_view, "file", cut=7, length=False)
    ((*described, data),) = json.loads(answered)["FILES"]
    assert described == ["f", "f.bin", 256, "application/x-f", "InMemoryUploadedFile"]
    assert data.encode("latin-1") == bytes(range(256))


@pytest.mark.parametrize("name", [b"Content-Type", b"CONTENT-TYPE"])
def test_a_form_whose_headers_are_in_another_case(name: bytes) -> None:
    kind, data = FORMS["pairs"]
    headers = [(name, kind), (b"Content-Length", str(len(data)).encode())]
    assert json.loads(answer(form, *parts(data), scope=http("POST", headers=headers)).body)["POST"] == [
        ["a", ["1", "2"]],
        ["b", ["naïve"]],
        ["c", [""]],
    ]


def test_size_leaves_the_position() -> None:
    stream = io.BytesIO(b"12345")
    assert (size(stream), stream.tell()) == (5, 0)
    stream.seek(2)
    assert (size(stream), stream.tell()) == (3, 2)
