"""The files that are edited: each is written whole or not at all, and only as it was read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vpnlint.errors import UsageError
from vpnlint.fixing.files import EditableFiles

BEFORE = b"\xef\xbb\xbfa: 'off'\r\n# \xc3\xa4\r\nb: &x \"1\"\r\n"
AFTER = BEFORE.replace(b"'off'", b"'on'")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "a.yaml").write_bytes(BEFORE)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "a.yaml"


def edited(files: EditableFiles) -> dict[str, str]:
    text = files.read("a.yaml")
    assert text is not None
    return {"a.yaml": text.replace("'off'", "'on'")}


def test_all_other_bytes_stay(file: Path) -> None:
    files = EditableFiles()
    files.write(edited(files))
    assert file.read_bytes() == AFTER


def test_a_file_that_changed_since_it_was_read_is_left_alone(file: Path) -> None:
    files = EditableFiles()
    texts = edited(files)
    file.write_bytes(BEFORE + b"c: 1\r\n")
    with pytest.raises(UsageError, match=r"a\.yaml: has changed meanwhile"):
        files.write(texts)
    assert file.read_bytes() == BEFORE + b"c: 1\r\n"


def test_a_file_is_as_it_was_where_its_new_text_cannot_be_put_there(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = EditableFiles()
    texts = edited(files)

    def refuse(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(UsageError, match=r"a\.yaml"):
        files.write(texts)
    assert file.read_bytes() == BEFORE
    assert sorted(os.listdir(file.parent)) == [".git", "a.yaml"]


@pytest.mark.parametrize("data", [b"\xff\xfea\x00", b"a: \xff\n"])
def test_what_is_no_utf8_is_not_read(data: bytes, file: Path) -> None:
    file.write_bytes(data)
    assert EditableFiles().read("a.yaml") is None
