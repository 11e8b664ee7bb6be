"""Which commands there are and in which modules: only the module of the one asked for is imported."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group


class Place(NamedTuple):
    """The module that has a command, and the line that `--help` says of it."""

    module: str
    says: str


COMMANDS = {
    "demo": Place(
        "run_commands",
        "Open a throw-away desk with sample people and cases; without a terminal, walk a case to its end.",
    ),
    "run": Place("run_commands", "Walk a run of a procedure, on a screen or in plain prompts."),
    "resume": Place("run_commands", "Come back to a run that is open or held."),
    "rehearse": Place(
        "run_commands", "Drive a run from a scenario file on the training ledger, through the same engine."
    ),
    "init": Place("desk_commands", "Make a desk: settings, audit logs and keys. Never overwrites one."),
    "board": Place("desk_commands", "What is open, held, overdue, and waiting for whom."),
    "rebuild": Place(
        "desk_commands",
        "Make the board anew from the audit log alone; what `sop review` searches is read anew as well.",
    ),
    "store": Place("store_commands", "Prepare a PostgreSQL database for desks, or bring tables up to date."),
    "lint": Place(
        "lint_commands",
        "Show what is wrong in files: line, column, what was expected, and a fix. Exits 1 where something is.",
    ),
    "schema": Place(
        "author_commands", "Print the JSON Schema with which an editor completes and checks files."
    ),
    "prove": Place(
        "prove_commands",
        "Prove that no path closes a ticket without the controls asked for. Exits 1 where one does, and shows it.",
    ),
    "test": Place(
        "testing_commands",
        "Play every scenario of procedures in memory, and show what they cover. Exits 1 where one is not as written.",
    ),
    "graph": Place(
        "graph_commands",
        "Draw a procedure: mandatory nodes and controls marked, sections as groups, calls as boxes.",
    ),
    "preview": Place(
        "preview_commands",
        "Look at a procedure while writing it: outline, graph, findings, each item's screen; walk it in memory.",
    ),
    "diff": Place(
        "diff_commands",
        "Show what changed in meaning, the weakenings first. Exits 1 where something got weaker, or may have.",
    ),
    "new": Place(
        "new_commands",
        "Write a commented starter that lints clean and proves, and scenarios that it passes. Overwrites nothing.",
    ),
    "publish": Place(
        "approve_commands",
        "Propose a text: checked, proved, kept for ever. It runs live once somebody else has approved it.",
    ),
    "approve": Place(
        "approve_commands",
        "Look at what changed against the text in force and at the proof, then sign: from then on it may run live.",
    ),
    "decline": Place(
        "approve_commands",
        "Say no to a published revision, with a reason. Its author publishes a higher one.",
    ),
    "withdraw": Place(
        "approve_commands",
        "Let no run start under an approved revision any more. Open runs go on under it; an older one comes back.",
    ),
    "bundle": Place(
        "bundle_commands",
        "Send approved procedures to another desk as one signed file, look at one, receive one.",
    ),
    "procedures": Place("procedure_commands", "The procedures of the desk, with their revisions."),
    "people": Place("people_commands", "Add, list and disable the people of a desk; enrol their factors."),
    "keys": Place("keys_commands", "Which keys sign the audit log; enrol, rotate or retire one."),
    "witness": Place(
        "witness_commands",
        "Keep watch over the heads of other logs: cosign them, refuse forks and older copies.",
    ),
    "review": Place(
        "review_commands", "Find runs, step through them as the agent saw them, mark what is found."
    ),
    "audit": Place("audit_commands", "Verify the audit log, look at it, replay runs."),
}


class LazyGroup(TyperGroup):
    """A group whose commands are in `places`; what one of them needs is loaded when it is asked for."""

    places: ClassVar[Mapping[str, Place]] = COMMANDS

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.places)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:
        if cmd_name in self.places:
            self._load(self.places[cmd_name].module)
        else:
            for place in self.places.values():  # one of them may have been meant
                self._load(place.module)
        found = self.commands.get(cmd_name)
        return found if isinstance(found, (TyperCommand, TyperGroup)) else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.says) for name, place in self.places.items()])

    def _load(self, module: str) -> None:
        made = typer.Typer(rich_markup_mode=None)
        import_module(f"{__package__}.{module}").add_to(made)
        self.commands.update(get_group(made).commands)
