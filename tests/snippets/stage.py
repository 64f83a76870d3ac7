"""The sandbox that a page asks for: its wheels, its runners, and a checkout of the project where it wants one."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .sandbox import HostSandbox, Sandbox
from .scenario import ENGINE, TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .page import Page

HERE = Path(__file__).resolve().parent
CHECKOUT = "/srv/checkout"
VENV = "/srv/venv"
# A copy that the page may change, set up as `make` leaves it, but for the layers, which its own runs write.
UNPACK = f"""\
cp -r --preserve=timestamps {CHECKOUT} gingerdj && mkdir gingerdj/.venv &&
ln -s {VENV}/* {VENV}/.ready gingerdj/.venv/ && rm -f gingerdj/.venv/layers"""


@contextmanager
def stage(
    page: Page, *, wheels: Path, venv: Path, root: Path, start_from: Path | None = None, binds: Mapping[str, Path] = {}
) -> Iterator[Sandbox]:
    """A sandbox for one run of a page; the virtual environment that runs share is kept in ``venv``.

    Where this host makes no sandbox, the page runs on the host itself. ``start_from`` and ``binds`` are for Sandbox.
    """
    binds = {**folders(page, venv), **binds}
    with ExitStack() as stack:
        if page.checkout:
            copy = Path(stack.enter_context(tempfile.TemporaryDirectory()), "checkout")
            copy_checkout(root, copy)
            binds[CHECKOUT] = copy
        kind = HostSandbox if Sandbox.available() else Sandbox
        made = kind(wheels=wheels, layers=venv / "layers", binds=binds, start_from=start_from)
        sandbox = stack.enter_context(made)
        if page.checkout:
            ran = sandbox.run(UNPACK)
            assert ran.status == 0, ran.output
        yield sandbox


def folders(page: Page, venv: Path) -> dict[str, Path]:
    """The folders of this host that a page needs in its sandbox, by where it finds them."""
    found = {ENGINE: HERE, TOOLS: Path(sysconfig.get_path("purelib"))}
    return {**found, VENV: venv} if page.checkout else found


def copy_checkout(root: Path, target: Path) -> None:
    """Copy what a clone of the checkout would hold, as it is now: tracked files, and new ones that are not ignored."""
    listing = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    files = subprocess.run(listing, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, files):
        if (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, target / name)
    for path in (target, *target.rglob("*")):
        path.chmod(path.stat().st_mode | 0o005)  # the sandbox reads it as another user
