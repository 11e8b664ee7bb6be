"""Texts: the same in each language, short enough for a screen of 80 x 24, and not too many at once."""

import re
from collections import defaultdict
from collections.abc import Iterator

from sop_runner.base.finding import Severity
from sop_runner.base.textsafe import cell_width
from sop_runner.lint.rule import Rule, own
from sop_runner.lint.subject import Subject
from sop_runner.lint.texts import Written
from sop_runner.procedure.model import Path
from sop_runner.procedure.nodes import Checklist, Confirmation, Decision
from sop_runner.procedure.place import Problem
from sop_runner.procedure.suggest import as_typed, did_you_mean, listed
from sop_runner.procedure.text import parse_text
from sop_runner.procedure.walks import fields, sections

TITLE = 72
"""Cells of a title or a label: more is cut off in the outline and beside a field."""
SENTENCE = 240
"""Cells of one sentence: five lines of the pane at 80 x 24, more than a person says in one breath."""
TEXT = 600
"""Cells of one text: twelve lines of that pane, so that question, hint and keys still fit."""
SEVEN = 7
"""What a person keeps in mind at once (Miller 1956)."""

_FULL_WIDTH = re.compile(r"｛\s*([^｛｝{}\n]+?)\s*｝")
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n\s*\n|\n(?=\s*(?:[-*•]|[0-9]+[.)])\s)")


def locales(subject: Subject) -> Iterator[Problem]:
    """A language that most texts have is missing from none."""
    language = subject.procedure.language
    texts = [(place, {locale or language for locale, _ in place.text.by_locale}) for place in subject.texts]
    if all(len(found) == 1 for _, found in texts) and len({*map(tuple, (found for _, found in texts))}) == 1:
        return
    lacking: dict[int, list[str]] = defaultdict(list)
    for locale in sorted({one for _, found in texts for one in found}):
        without = [index for index, (_, found) in enumerate(texts) if not _spoken(locale, found)]
        if 2 * len(without) > len(texts):
            place, _ = texts[next(i for i, (_, found) in enumerate(texts) if locale in found)]
            count = len(texts) - len(without)
            only = "only this text has" if count == 1 else f"only {count} of {len(texts)} texts have"
            where = place.place(locale if any(known == locale for known, _ in place.text.by_locale) else "")
            message = f"{only} '{locale}'"
            yield Problem("SOP521", message, where, f"write the others in '{locale}' too, or remove it", on_key=True)  # fmt: skip
        else:
            for index in without:
                lacking[index].append(locale)
    for index, missing in lacking.items():
        bare = [one for one in missing if "-" not in one or one.partition("-")[0] not in missing]
        message = f"this text has no wording in {listed(bare)}, which the others have"
        yield Problem("SOP521", message, texts[index][0].path, "add a wording for each language", on_key=True)


def _spoken(locale: str, found: set[str]) -> bool:
    """Whether a wording serves a language: `zh` does for `zh-Hant`, and any `zh-…` for plain `zh`."""
    base = locale.partition("-")[0]
    return locale in found or base in found or (locale == base and any(one.startswith(f"{base}-") for one in found))  # fmt: skip


def wordings(subject: Subject) -> Iterator[Problem]:
    """Each wording puts in the same values, and fits its place on the screen."""
    for place in subject.texts:
        many = len(place.text.by_locale) > 1
        if many and any("{" in text for _, text in place.text.by_locale):
            yield from _placeholders(place)
        for locale, text in place.text.by_locale:
            if 2 * len(text) > TITLE:
                yield from _length(place, locale, text)


def full_width_braces(subject: Subject) -> Iterator[Problem]:
    """Braces as a Chinese keyboard types them put nothing in: the agent reads the name aloud."""
    names: dict[str, str] | None = None
    for place in subject.texts:
        for locale, text in place.text.by_locale:
            for found in _FULL_WIDTH.finditer(text) if "｛" in text or "｝" in text else ():
                names = _by_words(subject) if names is None else names
                inside = as_typed(found[1])
                if inside in names or _NAME.fullmatch(inside):
                    message = (
                        f"'{found[0]}' has full-width braces: it is shown as it stands, no value is put in"
                    )
                    meant = names.get(inside)
                    fix = (
                        f"write {{{meant}}}"
                        if meant
                        else did_you_mean(inside, names, "write {NAME} with a field's name")
                    )
                    yield Problem("SOP525", message, place.place(locale), fix)


def _by_words(subject: Subject) -> dict[str, str]:
    """The names that can be put in, by themselves and by how the labels of fields say them."""
    own = [
        (field.name, field.rules.label)
        for field in fields(subject.procedure)
        if field.name and field.within is None
    ]
    labels = {words: name for name, label in own if label is not None for _, words in label.by_locale}
    decisions = (node.id for _, node, _ in subject.flow if isinstance(node, Decision))
    names = (*(name for name, _ in own), *subject.procedure.derive, *decisions)
    return {**labels, **{name: name for name in names}}


def _placeholders(place: Written) -> Iterator[Problem]:
    names = {locale: frozenset(parse_text(text).names) for locale, text in place.text.by_locale}
    first, wanted = next(iter(names.items()))
    for locale, found in names.items():
        lacking, extra = sorted(wanted - found), sorted(found - wanted)
        if lacking:
            message = (
                f"the wording in '{locale}' does not put in {_braced(lacking)}, the one in '{first}' does"
            )
        elif extra:
            message = f"the wording in '{locale}' puts in {_braced(extra)}, the one in '{first}' does not"
        else:
            continue
        fix = "put the same values into every language"
        yield Problem("SOP522", message, place.place(locale), fix, related=place.place(first))


def _braced(names: list[str]) -> str:
    return " and ".join("{" + name + "}" for name in names)


def _length(place: Written, locale: str, text: str) -> Iterator[Problem]:
    where = place.place(locale)
    width = cell_width(text)
    if place.short:
        if width > TITLE:
            message = f"this takes {width} columns, and a title or a label has room for {TITLE}"
            yield Problem("SOP523", message, where, "say it in fewer words, the rest in `do` or `ask`")
        return
    if width > TEXT:
        message = f"this text takes {width} columns; on a screen of 80 x 24 there is room for about {TEXT}"
        yield Problem("SOP523", message, where, "make several steps of it, each with one thing to do")
        return
    if width > SENTENCE:
        longest = max(cell_width(" ".join(part.split())) for part in _SENTENCE_END.split(text) if part)
        if longest > SENTENCE:
            message = f"a sentence of {longest} columns is too long to be read while somebody waits (most: {SENTENCE})"
            yield Problem("SOP523", message, where, "make several sentences of it")


def sevens(subject: Subject) -> Iterator[Problem]:
    """No more than seven things stand together."""
    for path, section in sections(subject.procedure.flow):
        yield from _seven(f"the section '{section.id}'", "items", len(section.flow), (*path, "flow"))
    for path, node, _ in subject.flow:
        if isinstance(node, Checklist):
            yield from _seven(f"the checklist '{node.id}'", "items", len(node.items), (*path, "items"))
        elif isinstance(node, Confirmation) and node.log_review is not None:
            checks = (*path, "log_review", "checks")
            yield from _seven(f"'{node.id}'", "statements to check", len(node.log_review.checks), checks)


def _seven(what: str, things: str, count: int, path: Path) -> Iterator[Problem]:
    if count > SEVEN:
        message = f"{what} has {count} {things}, more than the seven that a person keeps in mind"
        yield Problem("SOP524", message, path, "split it where the matter changes", on_key=True)


_ITEMS = "".join(f"\n      - {{item: check-{letter}, do: Check {letter}.}}" for letter in "abcdefgh")
_REQUEST = "\n  - confirmation: request\n    record: {fields: [{field: wish, type: text}]}\n    satisfies: [written-record]"
_END = "\n  - end: closed\n    result: completed\n    requires: [written-record]"
RULES = (
    Rule(
        "SOP521",
        "missing-language",
        "A text lacks a language that the other texts have.",
        Severity.WARNING,
        own(locales),
        "Whoever works in that language is shown another one in the middle of a call. A plain text counts as "
        "written in the file's `language`.",
        "title: {en: Sample, hu: Minta}\npurpose: {en: Show one thing., hu: Megmutat valamit.}\n"
        "scope: {en: Everywhere., hu: Mindenütt.}\ntraining: {en: None., hu: Nincs.}\n"
        "roles: {agent: {en: Serves the customer., hu: Kiszolgál.}}\ncontrols: {written-record: Written down.}",
        "title: {en: Sample, hu: Minta}\npurpose: {en: Show one thing., hu: Megmutat valamit.}\n"
        "scope: {en: Everywhere., hu: Mindenütt.}\ntraining: {en: None., hu: Nincs.}\n"
        "roles: {agent: {en: Serves the customer., hu: Kiszolgál.}}\n"
        "controls: {written-record: {en: Written down., hu: Leírva.}}",
    ),
    Rule(
        "SOP522",
        "placeholders-differ",
        "The wordings of a text do not put in the same values.",
        Severity.WARNING,
        own(wordings),
        "One agent reads the amount aloud and the next one does not: the same procedure is not the same any more.",
        "flow:" + _REQUEST + "\n  - step: tell\n    say: {en: 'You asked for {wish}.', en-GB: I have noted your wish.}" + _END,
        "flow:" + _REQUEST + "\n  - step: tell\n    say: {en: 'You asked for {wish}.', en-GB: 'I have noted your wish: {wish}.'}" + _END,
    ),
    Rule(
        "SOP523",
        "too-long",
        "A title, a sentence or a text is too long for a screen of 80 x 24.",
        Severity.NOTE,
        own(wordings),
        f"A title has room for {TITLE} columns, a sentence for {SENTENCE}, a text for {TEXT}; a Chinese character "
        "takes two. What has to be scrolled is not read while a customer waits.",
        "title: A sample of a title that goes on and on and on until nobody can see the very end of it",
        "title: A sample of a title",
    ),
    Rule(
        "SOP524",
        "more-than-seven",
        "A section or a checklist has more than seven items.",
        Severity.NOTE,
        own(sevens),
        "Lists of up to seven are worked through with care; longer ones are ticked off.",
        "flow:" + _REQUEST + "\n  - checklist: everything\n    items:" + _ITEMS + _END,
        "flow:" + _REQUEST + "\n  - checklist: first-half\n    items:\n      - {item: check-a, do: Check a.}" + _END,
    ),
    Rule(
        "SOP525",
        "full-width-braces",
        "A text has full-width braces where a value was to be put in.",
        Severity.WARNING,
        own(full_width_braces),
        "A Chinese keyboard types ｛ and ｝ for { and }. They look alike, and the agent reads out the name of the field.",
        "flow:" + _REQUEST + "\n  - step: tell\n    say: 您要求的是｛wish｝。" + _END,
        "flow:" + _REQUEST + "\n  - step: tell\n    say: '您要求的是{wish}。'" + _END,
    ),
)  # fmt: skip
