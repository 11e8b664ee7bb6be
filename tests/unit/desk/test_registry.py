"""The procedures of a desk: found by id or path, pinned by runs, dated."""

from datetime import date
from pathlib import Path

import pytest

from sop_runner.base.errors import NotApproved, NotVerified, UsageError
from sop_runner.desk.desk import Desk
from sop_runner.desk.registry import review_due
from sop_runner.desk.session import DeskSession
from sop_runner.run.actions import Answer

from .conftest import Open


def test_a_procedure_is_found_by_id_or_path(desk: Desk, folder: Path) -> None:
    by_id = desk.registry.find("account-change")
    by_path = desk.registry.find(str(folder / "procedures" / "account-change.yaml"))
    assert by_id.loaded.digest == by_path.loaded.digest
    with pytest.raises(UsageError, match="no procedure 'acount-change'"):
        desk.registry.find("acount-change")
    with pytest.raises(UsageError, match="no file"):
        desk.registry.find("nowhere/x.yaml")


def test_a_run_finishes_under_the_text_it_pinned(opens: Open, session: DeskSession, folder: Path) -> None:
    path = folder / "procedures" / "account-change.yaml"
    changed = path.read_text().replace("Open the ticket\n", "Something else entirely\n", 1)
    assert changed != path.read_text()
    path.write_text(changed)
    again = opens().resume("ana", session.run, "en")
    assert again.view().item.title == "Open the ticket"  # type: ignore[union-attr]
    path.unlink()
    assert opens().resume("ana", session.run, "en").perform(Answer("open-ticket")).accepted


def test_callees_are_pinned_as_well(opens: Open, desk: Desk, folder: Path) -> None:
    found = desk.start("ana", "international-roaming-dispute", "RD-000201", {}, "en")
    assert isinstance(found, DeskSession)
    for path in (folder / "procedures").glob("*.yaml"):
        path.unlink()
    assert opens().resume("ana", found.run, "en").view().status == "open"


def test_another_layout_of_the_same_meaning_is_the_same_text(
    opens: Open, session: DeskSession, folder: Path
) -> None:
    path = folder / "procedures" / "account-change.yaml"
    path.write_text("# a comment more\n" + path.read_text())
    second = opens().start("ana", "account-change", "CR-000124", {}, "en")
    assert isinstance(second, DeskSession)
    assert second.view().digest == session.view().digest


def test_a_kept_text_that_was_changed_is_named(desk: Desk, session: DeskSession) -> None:
    text = desk.registry.find("account-change")
    desk.context.ledger.put_procedure("00" * 32, text.data)
    with pytest.raises(NotVerified, match="not the one that runs have pinned"):
        desk.registry.pinned("00" * 32, ())


def test_a_file_with_errors_is_listed_and_cannot_be_run(desk: Desk, folder: Path) -> None:
    (folder / "procedures" / "broken.yaml").write_text("format: sop/1\nprocedure: broken\n")
    info = next(info for info in desk.procedures("en") if info.id == "broken")
    assert not info.runnable
    assert "sop lint" in str(info.why_not)
    with pytest.raises(NotApproved, match="has errors"):
        desk.start("ana", "broken", "T-1", {}, "en")


def test_what_the_start_asks_for_is_in_the_readers_language(desk: Desk) -> None:
    info = next(info for info in desk.procedures("hu") if info.id == "international-roaming-dispute")
    labels = {prompt.id: prompt.label for prompt in info.case}
    assert labels["channel"] == "Csatorna"


def test_a_review_is_due_after_its_day(desk: Desk) -> None:
    procedure = desk.registry.find("account-change").loaded.procedure
    assert procedure is not None
    assert not review_due(procedure, procedure.review_by)
    assert review_due(procedure, date(2030, 1, 1))
