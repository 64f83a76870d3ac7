"""Terminals: what is typed, what is printed, what is copied, and colours that change no character."""

from __future__ import annotations

import pytest
from pygments.token import Generic

from _ext.terminal import TerminalLexer, copy_session, copy_terminal

HEREDOC = """\
$ cat > a.sh <<'EOF'
> echo "a"
>
>   indented
> EOF
> this is printed
$ cat <<-END
> one
> \tEND
> this too
"""


@pytest.mark.parametrize(
    ("content", "copied"),
    [
        ("$ true\n", "true"),
        ("$ one\nprinted\n$ two\n", "one\ntwo"),
        ("$ one \\\n>     --two\n> printed\n", "one \\\n    --two"),
        ("$ one\n> printed\n", "one"),
        (HEREDOC, "cat > a.sh <<'EOF'\necho \"a\"\n\n  indented\nEOF\ncat <<-END\none\n\tEND"),
        ("$ cat <<< word\n> printed\n", "cat <<< word"),
        ("$ cat <<A <<B\n> A\n> B\n> printed\n", "cat <<A <<B\nA\nB"),
        ("INFO: only output\n", None),
        ("# $ is not at the start\n", None),
    ],
)
def test_copied_are_the_commands_without_prompts(content: str, copied: str | None) -> None:
    assert copy_terminal(content) == copied


@pytest.mark.parametrize(
    ("content", "copied"),
    [
        (">>> 1 + 1\n2\n", "1 + 1"),
        (">>> for x in y:\n...     x\n...\n1\n>>> z\n", "for x in y:\n    x\n\nz"),
        ("no prompt\n", None),
    ],
)
def test_copied_is_the_input_of_a_session(content: str, copied: str | None) -> None:
    assert copy_session(content) == copied


@pytest.mark.parametrize(
    "content",
    [
        HEREDOC,
        "$ one \\\n>     --two\nout <pid> put\n",
        "\nstarts blank\n\n",
        "$ echo 'not closed\n",
        "$ \n",
        "$ a\\\n",
    ],
)
def test_colours_change_no_character(content: str) -> None:
    tokens = list(TerminalLexer().get_tokens(content))
    assert "".join(value for _, value in tokens) == content


def test_wildcards_stand_out_in_output_only() -> None:
    tokens = list(TerminalLexer().get_tokens("$ echo <pid>\n[<pid>] <unknown>\n"))
    assert [value for token, value in tokens if token is Generic.Emph] == ["<pid>"]
