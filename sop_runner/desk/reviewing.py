"""What a reviewer's screen sees of a desk: runs that are found, their stories, marks, the verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sop_runner.audit.entry import Entry
from sop_runner.base.errors import UsageError
from sop_runner.review.marking import Mark
from sop_runner.review.pages.forms import page_bytes

from .desk import Desk
from .marks import mark, marks_of, may_mark
from .port import PersonInfo
from .replay import Story, story_of
from .run_page import run_page
from .searching import Search
from .signing_off import prove
from .verifying_apart import VerifierApart

_SUFFIXES = {".html": "html", ".pdf": "pdf", ".txt": "text"}


@dataclass(frozen=True, slots=True)
class Dossier:
    """One run as it is reviewed: its story, what was said of it, and who acts at the desk now."""

    run: str
    story: Story
    marks: tuple[Mark, ...]
    people: tuple[PersonInfo, ...]


class Reviewing:
    """A desk as a reviewer uses it. Reading asks nobody to sign in; marking does."""

    def __init__(self, desk: Desk, search: Search, verifier: VerifierApart) -> None:
        self._desk = desk
        self.search, self.verifier = search, verifier

    @property
    def name(self) -> str:
        return self._desk.name

    @property
    def training(self) -> bool:
        return self._desk.training

    @property
    def zone(self) -> str:
        """The name of the desk's time zone."""
        return self._desk.context.settings.timezone

    def size(self) -> int:
        """How many entries the log has now."""
        return self._desk.context.ledger.size()

    def open(self, run: str) -> Dossier:
        """A run with its marks. Raises UsageError for an unknown one, NotVerified where its text is another."""
        context = self._desk.context
        return Dossier(run, story_of(context, run), marks_of(context, run), self._desk.people())

    def mark(self, about: Entry, type_: str, text: str, person: str, typed: Mapping[str, str]) -> Entry:
        """Put a finding or a comment on record; `typed` are the reviewer's factors, forgotten once checked.

        Raises RefusedError where one is not right, or as `marks.mark` does.
        """
        context, people = self._desk.context, self._desk.folk
        known = people.directory().acting(person)
        may_mark(known)  # before a factor that can be used once is used up
        proofs = [prove(people, known, factor, text_, context.clock) for factor, text_ in typed.items()]
        return mark(context, about, type_, text, known, proofs)

    def write_page(self, run: str, path: Path) -> None:
        """Write the page of a run to a new file, in the form that its name ends with. Raises UsageError."""
        form = _SUFFIXES.get(path.suffix.lower())
        if form is None:
            raise UsageError(f"'{path.name}' says no form of a page", hint="End it with .html, .pdf or .txt.")
        language = self._desk.context.settings.language
        page = page_bytes(run_page(self._desk.context, run, language), form, language)
        try:
            with path.open("xb") as file:
                file.write(page)
        except OSError as error:
            raise UsageError(f"'{path}' cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """Let go of files and of what verifies."""
        self.verifier.close()
        self.search.close()
        self._desk.close()
