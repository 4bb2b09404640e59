"""The plugin's commands, as an operator runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import requests
from flask import current_app

from plugins.payment.commands import payment
from tests.plugins.payment.sale import Sale


def test_the_simulator_runs_from_the_command_line_and_leaves_its_credentials(tmp_path: Path) -> None:
    environment = os.environ | {"TONGBAO_DATA_DIR": str(tmp_path), "TONGBAO_PLUGINS_OFF": "logistics"}
    environment.pop("TONGBAO_BANK_CREDENTIALS", None)
    command = [sys.executable, "-c", "from core.cli import main; main()", "payment", "simulator", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        assert "listens on" in process.stdout.readline()
        credentials = tmp_path / "bank.json"
        assert credentials.stat().st_mode & 0o077 == 0
        url = json.loads(credentials.read_text("utf-8"))["base_url"]
        assert requests.get(f"{url}/health", timeout=5).json()["bank"] == "ready"
    finally:
        process.terminate()
        assert process.wait(timeout=10) == 0
        process.stdout.close()


def test_the_statement_can_be_read_by_hand(sale: Sale) -> None:
    sale.bank.fault("collection.paid", "hold")
    sale.scan()

    result = current_app.test_cli_runner().invoke(payment, ["statement"])
    assert (result.exit_code, result.output) == (0, "1 new lines\n")
    assert sale.order_state() == "paid"
