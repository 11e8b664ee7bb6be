"""Heads of bodies: what an entry says of where its run went, and its evidence, which many entries say alike.

A head that was read is known again as it stands; another one by its form, which leaves out the values, marks and
names that each entry has of its own. What is known needs neither to be parsed nor encoded again.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from json.decoder import JSONDecoder
from json.scanner import make_scanner
from typing import Any

from sop_runner.audit.look import head
from sop_runner.base.canonical import canonical_bytes, text_checked


class NotCanonical(ValueError):
    """The bytes are no body in canonical form."""


def _refuse(text: str) -> Any:
    raise NotCanonical(text)


# What a decoder calls for each value; it ends in StopIteration where none begins.
_DECODER: Any = JSONDecoder(parse_float=_refuse, parse_constant=_refuse)
scan = make_scanner(_DECODER)
_LARGE = re.compile("[0-9]{16}")
_MOST = 4_096
"""Heads, and forms, that are kept; past it all are forgotten."""
_LONG = 2_000
"""Characters of a head from which on it is not kept."""


class Form:
    """What heads say alike: the `text` of their evidence but for what is `given` in each, at every other NUL; `kinds` says how that begins.

    `sealed` says whether there is a commitment in it, `commitments` which of what is given are some, `fleeting` whether it holds what no two entries have alike.
    """

    __slots__ = ("commitments", "fleeting", "kinds", "sealed", "text")

    def __init__(self, text: str, kinds: str = "", names: Sequence[str] = ()) -> None:
        self.text, self.kinds = text, kinds
        of_each = zip(names, kinds, strict=True)
        self.commitments = [at for at, one in enumerate(of_each) if one == ('"commitment":', '"')]
        self.sealed = SEALED in text
        self.fleeting = self.sealed or '"ref":' in text or '"ticket":' in text


SEALED = '"commitment'
"""Stands in the text of what holds a personal value."""


class Head:
    """The arrow, the place and the evidence of an entry, this as canonical `text`; `given` is what its form leaves out.

    `body` is all that the entry says, where that had to be parsed.
    """

    __slots__ = ("_evidence", "arrow", "at", "body", "form", "given", "text")

    def __init__(
        self,
        arrow: str | None,
        at: str | None,
        text: str,
        form: Form,
        given: tuple[str, ...] = (),
        body: dict[str, Any] | None = None,
    ) -> None:
        self.arrow, self.at, self.text, self.form, self.given, self.body = arrow, at, text, form, given, body
        self._evidence: Any = None if body is None else body["evidence"]

    @property
    def evidence(self) -> Any:
        """The evidence parsed; nothing of it is to be changed."""
        if self._evidence is None and self.body is None:
            self._evidence, _ = scan(self.text, 0)
        return self._evidence

    @property
    def commitments(self) -> list[str]:
        """The commitments in the evidence; not of one that had to be parsed."""
        return [self.given[at][1:-1] for at in self.form.commitments]


_GIVEN = re.compile(
    r'("(?:commitment|named|ref|ticket|value)":)("[^"]*+"|-?+[0-9]++|\{[^}]*+\})',
)
_heads: dict[str, Head] = {}
_forms: dict[str, Form] = {}


def head_in(text: str) -> Head:
    """What a head says: the part of a body behind `"arrow":` up to the bracket that ends the evidence, with nothing escaped.

    Raises NotCanonical, or what parsing a text that no program wrote can end in.
    """
    found = _heads.get(text)
    return found if found is not None else _read(text)


def _read(text: str) -> Head:
    look = head(text)
    if look is None:
        raise NotCanonical(text)
    arrow, at, evidence = look.groups()
    evidence += "]"
    parts = _GIVEN.split(evidence)
    given = tuple(parts[2::3])
    del parts[2::3]
    kinds = ""
    for one in given:
        kind = one[0]
        if kind != '"':
            if SEALED in one:
                raise NotCanonical(one)  # it is parsed, so that it is not overlooked
            known(one)
            kind = "{" if kind == "{" else "0"
        kinds += kind
    name = kinds + "\0".join(parts)
    form = _forms.get(name)
    if form is None:
        value(evidence)
        form = _kept(_forms, name, Form("\0".join(parts), kinds, parts[1::2]))
    found = Head(arrow, at, evidence, form, given)
    return found if form.fleeting or len(text) > _LONG else _kept(_heads, text, found)


def parsed_head(body: dict[str, Any]) -> Head:
    """The head of a body that had to be parsed: its form leaves nothing out."""
    text = text_checked(body["evidence"])
    return Head(body["arrow"], body["at"], text, Form(text), (), body)


def _kept(among: dict[str, Any], name: str, found: Any) -> Any:
    if len(among) >= _MOST:
        among.clear()
    among[name] = found
    return found


def value(text: str) -> Any:
    """The value of a text in canonical form."""
    found, end = scan(text, 0)
    if end != len(text) or text_checked(found) != text:
        raise NotCanonical(text)
    if not text.isascii() or _LARGE.search(text):
        canonical_bytes(found)  # refuses a key that is not ASCII, and an integer past 2^53
    return found


known = lru_cache(maxsize=4_096)(value)
"""The same for a short text that many entries have; nothing of it is to be changed."""
