import json

import pytest
from click.testing import CliRunner

from core.audit import record
from core.audit.commands import audit
from core.base.transactions import end_read, transactional


@transactional
def three() -> None:
    for number in range(3):
        record("test.done", actor_id=None, subject=f"thing:{number}", details={"number": number, "word": "茶"})


@pytest.fixture
def taken(app, tmp_path):
    three()
    end_read()
    target = tmp_path / "chain.jsonl"
    result = app.test_cli_runner().invoke(audit, ["export", str(target)])
    assert result.exit_code == 0, result.output
    return target, result.output.rsplit(" ", 1)[-1].strip()


def checked(path, *more: str) -> int:
    return CliRunner().invoke(audit, ["check", str(path), *more]).exit_code


def test_a_chain_that_was_taken_away_is_proven_without_the_database(taken):
    path, last = taken
    assert checked(path) == 0
    assert checked(path, "--end", last) == 0


def test_whatever_is_changed_taken_out_or_cut_off_shows(taken, tmp_path):
    path, last = taken
    lines = path.read_text(encoding="utf-8").splitlines()
    changed = json.loads(lines[1])
    changed["details"] = {"number": 99}
    broken = tmp_path / "broken.jsonl"
    for version in (
        [lines[0], json.dumps(changed), *lines[2:]],
        [lines[0], *lines[2:]],
        [lines[1], lines[0], *lines[2:]],
        ["nonsense", *lines[1:]],
    ):
        broken.write_text("\n".join(version) + "\n", encoding="utf-8")
        assert checked(broken) == 1
    broken.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    assert checked(broken) == 0
    assert checked(broken, "--end", last) == 1


def test_a_chain_that_is_not_there_is_said_so(app, tmp_path):
    result = app.test_cli_runner().invoke(audit, ["export", str(tmp_path / "x"), "--chain", "mer_none"])
    assert result.exit_code == 1 and "no chain" in result.output
