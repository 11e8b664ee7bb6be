from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from sop_runner.base.errors import UsageError
from sop_runner.base.finding import Position
from sop_runner.base.settings import Settings, find_desk, parse_settings
from sop_runner.base.starter import starter_settings

WHOLE = """\
name = "Ügyfélszolgálat"
language = "zh-Hans"
timezone = "Europe/Budapest"
theme = "high-contrast"

[store]
url = "postgresql://host/sop"

[audit]
verifier_key = "desk+1234abcd+AAAA"

[calendar]
weekend = ["friday", "saturday"]
holidays = [2026-12-25, "2026-12-26"]
workdays = [2026-12-12]

[factors]
account-passphrase = "passphrase"
"sms-pin" = "one_time_code"

[service_levels]
urgent = "90m"
vip = "15m"
"""


def test_every_setting() -> None:
    settings, findings = parse_settings(WHOLE)
    assert findings == ()
    assert settings.name == "Ügyfélszolgálat"
    assert (settings.language, settings.timezone, settings.theme) == (
        "zh-Hans",
        "Europe/Budapest",
        "high-contrast",
    )
    assert settings.store_url == "postgresql://host/sop"
    assert settings.verifier_key == "desk+1234abcd+AAAA"
    assert settings.calendar.weekend == {4, 5}
    assert settings.calendar.holidays == {date(2026, 12, 25), date(2026, 12, 26)}
    assert settings.calendar.workdays == {date(2026, 12, 12)}
    assert dict(settings.factors) == {"account-passphrase": "passphrase", "sms-pin": "one_time_code"}
    assert settings.service_level("urgent") == timedelta(minutes=90)
    assert settings.service_level("vip") == timedelta(minutes=15)
    assert settings.service_level("inquiry") == timedelta(hours=48)
    assert settings.service_level("whenever") is None


def test_nothing_set_is_fine() -> None:
    assert parse_settings("") == (Settings(), ())


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "fix"),
    [
        ('name = "D"\nlangauge = "en"', 2, 1, "'langauge' is no setting", "Did you mean 'language'?"),
        ("[store]\n  uri = 'x'", 2, 3, "'store.uri' is no setting", "Did you mean 'url'?"),
        ("[facters]\na = 'b'", 1, 2, "'facters' is no setting", "Did you mean 'factors'?"),
        ("store = 'x'", 1, 1, "'store' holds one value, expected a table", "Write [store]"),
        ('timezone = "Europe/Budapset"', 1, 1, "expected a time zone", "Europe/Budapest"),
        ("theme = 'dark'", 1, 1, "expected one of default, high-contrast, ascii", "theme"),
        ("name = ''", 1, 1, "expected a name", "name"),
        ("language = 3", 1, 1, "'language' is 3, expected a language code", "zh-Hans"),
        ("[calendar]\nholidays = ['Christmas']", 2, 1, "expected a list of dates", "2026-12-25"),
        ("[calendar]\nholidays = 3", 2, 1, "expected a list of dates", "2026-12-25"),
        ("[calendar]\nweekend = ['sun']", 2, 1, "expected a list of weekdays", "sunday"),
        ("[service_levels]\nurgent = '2 hours'", 2, 1, "expected a duration", "24h"),
        ("[store]\nurl = 'desk.db'", 2, 1, "expected the address of a PostgreSQL database", "postgresql"),
        ("[audit]\nverifier_key = 'abc'", 2, 1, "expected a verifier key", "sop init"),
        ("[factors]\nsms = 3", 2, 1, "expected the name of a factor module", "one_time_code"),
        ("name = Desk", 1, 8, "'sop.toml' is no TOML", "quotes"),
    ],
)
def test_a_mistake_is_a_finding_with_its_place(
    text: str, line: int, column: int, message: str, fix: str
) -> None:
    settings, findings = parse_settings(text)
    assert len(findings) == 1
    assert message in findings[0].message
    assert fix in findings[0].fix
    assert findings[0].at == Position(line, column)
    assert settings.service_levels == Settings().service_levels


def test_one_mistake_does_not_hide_another() -> None:
    settings, findings = parse_settings('name = "Right"\ntheme = 1\nfoo = 2')
    assert settings.name == "Right"
    assert [f.code for f in findings] == ["SET003", "SET002"]


def desk(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "sop.toml").touch()
    return folder


def test_the_desk_is_found_in_order(tmp_path: Path) -> None:
    named, by_env, near, home = (desk(tmp_path / name) for name in ("named", "env", "near", "home"))
    deep = near / "a" / "b"
    deep.mkdir(parents=True)
    away = tmp_path / "away"
    away.mkdir()
    env = {"SOP_DESK": str(by_env)}
    assert find_desk(named, env, deep, home) == named
    assert find_desk(None, env, deep, home) == by_env
    assert find_desk(None, {"SOP_DESK": ""}, deep, home) == near
    assert find_desk(None, {}, away, home) == home
    assert find_desk(None, {}, away, away) is None


def test_a_folder_that_was_named_is_never_passed_over(tmp_path: Path) -> None:
    near = desk(tmp_path / "near")
    with pytest.raises(UsageError, match="named by --desk"):
        find_desk(tmp_path / "none", {}, near, near)
    with pytest.raises(UsageError, match=r"named by \$SOP_DESK"):
        find_desk(None, {"SOP_DESK": str(tmp_path / "none")}, near, near)


def test_a_new_desk_starts_with_the_defaults_and_no_finding() -> None:
    settings, findings = parse_settings(starter_settings('Ügyfél "1" \\ pult', "hu", "Europe/Budapest"))
    assert findings == ()
    assert settings == replace(
        Settings(), name='Ügyfél "1" \\ pult', language="hu", timezone="Europe/Budapest"
    )
    assert parse_settings(starter_settings("Desk"))[0] == Settings()


ANCHORS = """\
[anchors]
folder = "../heads"
git = {repository = "/srv/heads.git", remote = "origin"}
witness = [{url = "https://witness.example/", key = "w.example/1+420e72e8+BPLYxrdLh4ACn5ZtLEZwbxG+fHlhCfUnqD94TU9Lkrzw"}]
timestamp = {url = "http://127.0.0.1:8080/tsr", certificates = "tsa.pem"}
"""


def test_where_heads_are_placed() -> None:
    found, findings = parse_settings(ANCHORS)
    assert findings == ()
    assert found.anchors.git_remote == "origin"
    assert found.anchors.witnesses[0][0] == "https://witness.example/"
    assert found.anchors
    assert not Settings().anchors


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("folder = 1", "the path of a folder"),
        ('folder = "a\\u001bb"', "the path of a folder"),
        ('git = "/srv/x"', "a git repository"),
        ('git = {remote = "origin"}', "a git repository"),
        ('git = {repository = "x", remote = "--upload-pack=touch"}', "the name of a remote"),
        ('git = {repository = "x", remote = "ext::sh -c id"}', "the name of a remote"),
        ('git = {repository = "x", branch = "y"}', "a git repository"),
        ('witness = "https://x/"', "a list of witnesses"),
        ('witness = [{url = "https://x/"}]', "the verifier key of a witness"),
        ('witness = [{url = "file:///etc/passwd", key = "w+420e72e8+BPLY"}]', "the URL of a witness"),
        ('witness = [{url = "https://x/\\r\\nHost: y", key = "w+420e72e8+BPLY"}]', "the URL of a witness"),
        ('timestamp = {url = "https://x/"}', "a file of certificates"),
        ('timestamp = {url = "ftp://x/", certificates = "a"}', "a URL"),
    ],
)
def test_an_anchor_that_cannot_be(line: str, expected: str) -> None:
    settings, findings = parse_settings(f"[anchors]\n{line}\n")
    (finding,) = findings
    assert f"expected {expected}" in finding.message
    assert (finding.at.line, finding.code) == (2, "SET003")
    assert not settings.anchors


def test_an_anchor_of_no_known_kind() -> None:
    (finding,) = parse_settings('[anchors]\nfoldr = "x"\n')[1]
    assert finding.fix == "Did you mean 'folder'?"


def test_the_anchors_that_a_starter_shows_are_settings() -> None:
    shown = starter_settings("Desk").partition("# [anchors]\n")[2].partition("\n\n")[0]
    text = "[anchors]\n" + shown.replace("# ", "", 1).replace("\n# ", "\n").replace(
        "name+hash+key", "n+420e72e8+BPLY"
    )
    found, findings = parse_settings(text)
    assert findings == ()
    assert len(found.anchors.witnesses) == 1
    assert found.anchors.timestamp
