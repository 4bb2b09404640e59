"""The quick start is current, and its commands run as they stand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts import api_quickstart


def test_the_page_is_what_the_script_writes():
    assert api_quickstart.PAGE.read_text(encoding="utf-8") == api_quickstart.page()


def paste(page: Path, live) -> str:
    """What a shell says to all that a page shows."""
    base_url, token, _known = live
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.S)
    done = subprocess.run(
        ["bash", "-c", "set -euo pipefail\n" + "\n".join(blocks)],
        env={**os.environ, "TONGBAO": base_url, "TOKEN": token},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.engine("sqlite")
@pytest.mark.skipif(shutil.which("curl") is None, reason="the page speaks through curl")
def test_what_is_pasted_into_a_shell_works(live):
    said = paste(api_quickstart.PAGE, live)
    assert "made once: prd_" in said
    assert "Spring tea" in said


@pytest.mark.engine("sqlite")
@pytest.mark.skipif(shutil.which("curl") is None, reason="the page speaks through curl")
def test_the_guide_to_headless_checkout_leads_to_a_payment(live):
    said = paste(api_quickstart.PAGE.parent / "guides" / "integrator" / "headless-checkout.md", live)
    assert said.splitlines()[-1] == "requires_action"
