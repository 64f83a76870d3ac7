"""The wheels that pages install, from a folder: nothing is downloaded while a page runs."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from flit_core import buildapi

if TYPE_CHECKING:
    from pathlib import Path


def gather(venv: Path, folder: Path) -> Path:
    """Fill an empty folder with the locked wheels of the servers, and the wheel of this checkout as it is now."""
    folder.chmod(0o755)  # the sandbox reads it as another user
    for wheel in (venv / "wheels").iterdir():
        shutil.copyfile(wheel, folder / wheel.name)
    buildapi.build_wheel(str(folder))
    return folder
