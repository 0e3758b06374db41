"""The audit file: its lines, its mode, and what happens when it can't be written."""

import json
import os
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from tui.sources.writing import Audit, NotAudited, read_audit


def test_a_line_says_who_did_what_where_and_how_it_went(tmp_path: Path) -> None:
    path = tmp_path / "new" / "audit.jsonl"
    audit = Audit(path)
    audit.note("ann", "lab", "create", "pods spike/b0", True, "refused", "two\nlines")
    line = json.loads(path.read_text())
    assert list(line) == ["at", "who", "host", "context", "verb", "object", "dry_run", "result", "detail"]
    assert line["detail"] == "two lines"
    assert line["at"].endswith("+00:00")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_newest_first_and_bad_lines_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    assert read_audit(path) == ()
    audit = Audit(path)
    for name in "abc":
        audit.note("ann", "lab", "delete", name, False, "ok")
        with path.open("ab") as file:
            file.write(b'{"at": 1}\n\xff not json\n')
    assert [entry.object for entry in read_audit(path, limit=2)] == ["c", "b"]


def test_an_unwritable_file_is_told_beforehand(tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").mkdir()
    with pytest.raises(NotAudited, match=r"audit\.jsonl.*nothing was changed.*audit_file"):
        Audit(tmp_path / "audit.jsonl").check()


def test_a_full_disk_is_told_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fstatvfs", lambda _: SimpleNamespace(f_bavail=1, f_frsize=4096))
    with pytest.raises(NotAudited, match="disk is full"):
        Audit(tmp_path / "audit.jsonl").check()
