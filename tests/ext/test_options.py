"""Options of a block: read up to the blank line, checked one by one."""

from __future__ import annotations

import pytest

from _ext.options import FILE, TERMINAL, Block, OptionError, parse


@pytest.mark.parametrize(
    "content",
    [
        "$ true\n",
        ":8000 {\n}\n",
        ":exit: 3\n",
        "---\na: b\n",
        ":::{note}\n:::\n",
        "  indented\n",
        "a\n\n\nb\n",
        "trailing spaces  \n",
        "\ttab\n",
        "form\x0cfeed and line\u2028separator\n",
    ],
)
@pytest.mark.parametrize("options", [{}, {"norun": "a reason: with a colon"}])
def test_content_is_kept_as_it_stands(content: str, options: dict[str, str]) -> None:
    head = "".join(f":{name}: {value}\n" for name, value in options.items())
    assert parse(f"{head}\n{content}", FILE) == Block(content, options)


def test_blank_lines_at_the_end_do_not_count() -> None:
    assert parse("\na\n\n\n", FILE).content == "a\n"


def test_every_option_of_a_terminal() -> None:
    options = {
        "exit": "143",
        "limit": "30",
        "measure": "stop.exit",
        "name": "server-2",
        "norun": "no Windows here",
        "ready": "mysite.sock",
        "signal": "USR1",
        "stop": "server",
        "unordered": "",
    }
    head = "".join(f":{name}: {value}".rstrip() + "\n" for name, value in options.items())
    assert parse(f"{head}\n$ true\n", TERMINAL).options == options


def test_a_terminal_may_stop_without_a_word() -> None:
    assert parse(":stop: server\n:exit: 0\n", TERMINAL) == Block("", {"stop": "server", "exit": "0"})


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        ("$ true\n", 1, "'$ true' is no option"),
        (":exit: 3\n$ true\n", 2, "'$ true' is no option"),
        ("", 0, "no content"),
        ("\n\n", 0, "no content"),
        ("\n\n$ true\n", 0, "a second blank line"),
        (":exit: 3\n", 0, "no content"),
        (":exit: x\n\n$ true\n", 1, "'x'"),
        (":exit: 256\n\n$ true\n", 1, "0 to 255"),
        (":exit:\n\n$ true\n", 1, "''"),
        (":name: web\n:name: web\n\n$ true\n", 2, "twice"),
        (":name: My Server\n\n$ true\n", 1, "one lower-case word"),
        (":name: web\n:ready: soon\n\n$ true\n", 2, "'soon'"),
        (":name: web\n:ready: 70000\n\n$ true\n", 2, "'70000'"),
        (":ready: 8000\n\n$ true\n", 0, "needs :name:"),
        (":signal: TERM\n\n$ true\n", 0, "needs :stop:"),
        (":stop: web\n:signal: SIGTERM\n\n", 2, "without SIG"),
        (":unordered: yes\n\n$ true\n", 1, "no value"),
        (":measure: Stop Exit\n\n$ true\n", 1, "words joined by dots"),
        (":limit: 0\n\n$ true\n", 1, "whole seconds"),
        (":norun:\n\n$ true\n", 1, "''"),
        (":exitt: 3\n\n$ true\n", 1, "no option :exitt:"),
        ("exit: 3\n\n$ true\n", 1, "'exit: 3' is no option"),
        (":exit:3\n\n$ true\n", 1, "':exit:3' is no option"),
    ],
)
def test_a_wrong_option_names_its_line(body: str, line: int, said: str) -> None:
    with pytest.raises(OptionError) as caught:
        parse(body, TERMINAL)
    assert said in str(caught.value)
    assert caught.value.line == line


def test_a_file_has_no_option_of_a_terminal() -> None:
    with pytest.raises(OptionError, match="there are norun"):
        parse(":exit: 3\n\nx\n", FILE)
