"""The pictures in the README show the boards as they are, in what does not move."""

import pytest

from streams.local import LocalParts
from streams.web.pages.boards import BOARDS
from tests.web.chromium import Browser
from tests.web.pictures import FOLDER, SHOTS, centre, described, description, shown, standing

ROOT = FOLDER.parents[1]


@pytest.mark.real
def test_each_picture_is_of_the_board_as_it_is(
    local_parts: LocalParts, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("pictures")
    with centre(local_parts, folder) as web, Browser(folder / "chromium") as browser:
        for shot in SHOTS:
            with shown(browser, web, shot) as page:
                now, complaints = standing(page), page.complaints
            then = description((FOLDER / f"{shot.name}.png").read_bytes()).splitlines()
            assert now == then, f"{shot.name}: make pictures, and look at them"
            assert complaints == []


def test_each_board_has_a_picture_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {shot.address.partition("?")[0] for shot in SHOTS} == {board.name for board in BOARDS}
    assert [shot.name for shot in SHOTS if f"deploy/pictures/{shot.name}.png" not in readme] == []


def test_a_text_in_a_picture_is_read_as_it_was_written() -> None:
    png = (FOLDER / f"{SHOTS[0].name}.png").read_bytes()
    assert description(described(png, "blå\nbær")) == "blå\nbær"
