"""The sandbox that a page asks for: its wheels, its runners, and a checkout of the project where it wants one."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from .sandbox import Sandbox
from .scenario import ENGINE, TOOLS

if TYPE_CHECKING:
    from .page import Page

HERE = Path(__file__).resolve().parent


def stage(page: Page, *, wheels: Path, venv: Path, root: Path) -> Sandbox:
    """A sandbox for one run of a page. The layers that runs share are kept in ``venv``, as they belong to its Python."""
    binds = {ENGINE: HERE, TOOLS: Path(sysconfig.get_path("purelib"))}
    if page.checkout:
        binds["/srv/checkout"] = root
    return Sandbox(wheels=wheels, layers=venv / "layers", binds=binds)
