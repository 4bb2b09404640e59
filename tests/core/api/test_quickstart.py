"""The quick start is current, and its commands run as they stand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

from scripts import api_quickstart


def test_the_page_is_what_the_script_writes():
    assert api_quickstart.PAGE.read_text(encoding="utf-8") == api_quickstart.page()


@pytest.mark.engine("sqlite")
@pytest.mark.skipif(shutil.which("curl") is None, reason="the page speaks through curl")
def test_what_is_pasted_into_a_shell_works(live):
    base_url, token, _known = live
    blocks = re.findall(r"```sh\n(.*?)```", api_quickstart.PAGE.read_text(encoding="utf-8"), flags=re.S)
    script = "set -euo pipefail\n" + "\n".join(blocks)
    done = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "TONGBAO": base_url, "TOKEN": token},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "made once: prd_" in done.stdout
    assert "Spring tea" in done.stdout
