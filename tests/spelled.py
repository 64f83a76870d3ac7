"""What tests of spelling need, a mark for them."""

import shutil

import pytest

from _l10n.speller import PROGRAM

SPELLED = pytest.mark.skipif(
    shutil.which(PROGRAM) is None,
    reason=f"{PROGRAM} is not installed; on Debian and Ubuntu: sudo apt-get install hunspell hunspell-pt-br",
)
