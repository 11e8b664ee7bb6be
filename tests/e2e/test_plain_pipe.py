"""Plain mode end to end: a script on stdin walks the shipped procedures on a real desk."""

import re
from pathlib import Path

from sop_runner.wiring import open_desk

from .sop_process import sop

ANA, BELA = "seven quiet boats", "amber field north"
RECORD = ("CR-000123", "email", "new@example.org", "no", "350.25", "1")
IDENTITY = ("1", "blue garden gate", "2", ":i 1")
SIGN = ("sign", "bela", "passphrase", BELA, ":i bela", "approve", "new@example.org", "heard the recording")
CLOSE = ("yes", "yes", "yes", "2", "10:01 ana changed email", ".", "1", "done", "done", "1")


def test_a_script_walks_a_change_to_its_end_and_the_log_verifies(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    script = ["ana", ANA, "1", *RECORD, *IDENTITY, "affirmed", *SIGN, "1", *CLOSE]
    walked = sop("demo", str(folder), "--plain", "--language", "en", lines=script)
    assert walked.returncode == 0, walked.stdout + walked.stderr
    assert "--- END: Change made and proved (completed)" in walked.stdout
    assert "c2sp.org/tlog-proof@v1" in walked.stdout
    assert "= Takeover risk: High" in walked.stdout
    for secret in (ANA, BELA, "blue garden gate"):
        hinted = walked.stdout.count(f"'{secret}'")
        assert walked.stdout.count(secret) == hinted, "typed secrets are not echoed"
    verified = sop("audit", "verify", "--training", "--desk", str(folder))
    assert verified.returncode == 0, verified.stdout


def test_an_input_that_ends_holds_the_run_and_another_process_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    first = sop("demo", str(folder), "--plain", "--language", "en", lines=["ana", ANA, "1", *RECORD, "1"])
    assert first.returncode == 3
    run = re.search(r"sop resume (\S+)'", first.stdout)
    assert run is not None
    (row,) = open_desk(folder, training=True).board()
    assert (row.run, row.state, row.hold_reason) == (run[1], "held", "the input ended")

    rest = [ANA, *IDENTITY, "affirmed", ":q"]
    again = sop(
        "resume", run[1], "--plain", "--training", "--person", "ana", "--desk", str(folder), lines=rest
    )
    assert again.returncode == 0, again.stdout + again.stderr
    assert "It was put on hold: the input ended" in again.stdout
    assert "item 6 of 10" in again.stdout


def test_four_eyes_are_two_people_and_stale_shortcuts_do_not_exist(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    signs_herself = (
        "sign",
        "chen",
        "passphrase",
        "paper crane river",
        ":i chen",
        "approve",
        "new@example.org",
        "ok",
    )
    script = [
        "chen",
        "paper crane river",
        "1",
        *RECORD,
        *IDENTITY,
        "affirmed",
        *signs_herself,
        ":a",
        "no supervisor",
    ]
    walked = sop("demo", str(folder), "--plain", "--language", "en", lines=script)
    assert walked.returncode == 3
    assert "Refused:" in walked.stdout
    assert "Make the change" not in walked.stdout.split("Refused:")[1]
    assert "--- END: abandoned" in walked.stdout


def test_going_back_loses_controls_and_says_so(tmp_path: Path) -> None:
    back = (":b", "consent", "the caller asked again", "affirmed", ":c", ":q")
    script = ["ana", ANA, "1", "CR-000123", "phone", "+36 30 1", "no", "3", "1", *IDENTITY, "affirmed", *back]
    walked = sop("demo", str(tmp_path / "desk"), "--plain", "--language", "en", lines=script)
    assert walked.returncode == 0
    assert walked.stdout.count("CONFIRMATION: Consent") == 2
    assert walked.stdout.count("To close, still needed: consent, log review") == 2


def test_other_languages_are_spoken_and_numbers_answer_in_each(tmp_path: Path) -> None:
    for language, title in (("hu", "A kérés írásos rögzítése"), ("zh-Hans", "变更申请书面记录")):
        folder = tmp_path / language
        walked = sop("demo", str(folder), "--plain", "--language", language, lines=["ana", ANA, "1", ":q"])
        assert walked.returncode == 0, walked.stderr
        assert title in walked.stdout
