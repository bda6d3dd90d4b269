"""Which build this is: said by the program, known of an image, and never guessed."""

from pathlib import Path

import pytest

from streams import version
from streams.core.rules import STATE_VERSION
from tests import forked


def test_a_working_copy_does_not_say_that_it_is_a_build() -> None:
    ran = forked.run("--version", env=forked.without_settings(), within_s=60)
    told = f"svartid {version.release()}, build unknown, state version {STATE_VERSION}, and upgrades "
    assert ran.returncode == 0 and ran.stdout.startswith(told), ran


def test_a_build_says_what_it_was_made_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version, "__file__", str(tmp_path / "version.py"))
    (tmp_path / "revision.txt").write_text("0123abc\n")
    assert version.as_fields()["build"] == "0123abc"
    (tmp_path / "revision.txt").write_text("")  # made without saying which
    assert version.as_fields()["build"] == version.UNKNOWN
