"""The process that holds Django's tests: puts the handler in place, then runs Django's ``runtests.py``.

``python -m tests.django_suite.inside HANDLER chain|asgi|none LABEL …``, in the folder of Django's tests.
"""

from __future__ import annotations

import faulthandler
import runpy
import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parent.parent.parent)


def main(handler: str, placed: str, arguments: list[str]) -> None:
    """Run ``runtests.py`` with ``arguments``; leaves with its exit status."""
    faulthandler.enable()
    # Django's tests are top-level packages, which nothing of ours may hide; then this checkout, before any other that
    # the environment has installed.
    here = str(Path.cwd())
    sys.path[:] = [here, ROOT, *(entry for entry in sys.path if entry not in {"", here, ROOT})]
    if placed != "none":
        from tests.django_suite import placement  # noqa: PLC0415 - imports Django, whose tests warn at import

        handler_class = placement.imported(handler)
        placement.place(handler_class)
        if placed == "chain":
            placement.place_chain(handler_class)
    sys.argv = ["runtests.py", "--settings", "tests.django_suite.settings", *arguments]
    runpy.run_path("runtests.py", run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
