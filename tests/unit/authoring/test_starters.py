"""Every starter, in every language: nothing to find, everything proved, its scenarios passed, no arrow left out."""

import json
import sys
from datetime import date
from pathlib import Path

import pytest

from sop_runner.authoring.starters.kinds import KINDS, LANGUAGES, SAYS, Wanted, starter
from sop_runner.cli.main import main
from sop_runner.procedure.load import load

Said = pytest.CaptureFixture[str]
HOSTILE = 'Refund {amount} of "50 %": [/] # no, [red] \\ é'


def sop(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["sop", *map(str, words)])
    return main()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_it_lints_clean_proves_and_passes_its_scenarios(
    kind: str, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sop(monkeypatch, "new", "first-one", "--kind", kind, "--language", language) == 0
    said = capsys.readouterr()
    assert said.out.split() == ["first-one.yaml", "first-one.scenarios.yaml"]
    assert "sop lint first-one.yaml" in said.err
    for command in (("lint", "--strict", "."), ("prove", "first-one.yaml")):
        assert sop(monkeypatch, *command) == 0
        assert "SOP" not in capsys.readouterr().out
    assert sop(monkeypatch, "test", ".", "--min-coverage", "100", "--json") == 0
    played = json.loads(capsys.readouterr().out)
    assert played, "no scenario was played"


def test_texts_and_comments_are_in_the_language_and_no_english_is_left() -> None:
    def words(language: str) -> list[str]:
        made = starter("request", Wanted("one", "One", language, "ada", date(2026, 11, 26)))
        return [
            line for line in (made.procedure + made.scenarios).splitlines() if '"' in line or "# " in line
        ]

    english = set(words("en"))
    for language in LANGUAGES[1:]:
        same = english & set(words(language))
        assert {line.split(":")[0].strip() for line in same} <= {"title", "author"}, same


def test_a_title_is_data() -> None:
    for kind in KINDS:
        made = starter(kind, Wanted("one", HOSTILE, "en", HOSTILE, date(2026, 11, 26)))
        procedure = load(made.procedure.encode(), "one.yaml").procedure
        assert procedure is not None
        assert procedure.author == HOSTILE
        # In a text a brace puts in a value, so it is doubled.
        assert procedure.title.get("en", "en") == HOSTILE.replace("{", "{{").replace("}", "}}")


def test_nothing_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    (tmp_path / "one.scenarios.yaml").write_text("mine")
    assert sop(monkeypatch, "new", "one", "--folder", tmp_path) == 2
    assert "is there already" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["one.scenarios.yaml"]


@pytest.mark.parametrize(
    "words",
    [
        ("Not an id",), ("../out",), ("one", "--kind", "poem"), ("one", "--language", "de"), ("",),
        ("one", "--folder", "nowhere"), ("one", "--title", "a\x00b"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_leaves_nothing(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sop(monkeypatch, "new", *words) == 2
    assert list(tmp_path.iterdir()) == []


def test_every_kind_is_explained() -> None:
    assert KINDS.keys() == SAYS.keys()
