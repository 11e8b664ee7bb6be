"""Texts with `{name}` in them: read once, filled with data that is never read again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slot:
    """`{name}` in a text: where a value is put in."""

    name: str


@dataclass(frozen=True, slots=True)
class Template:
    """A text as pieces; `problem` says what is wrong with its braces, empty where nothing is."""

    pieces: tuple[str | Slot, ...]
    problem: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names it puts in, in order, with repeats."""
        return tuple(piece.name for piece in self.pieces if isinstance(piece, Slot))


def parse_text(text: str) -> Template:
    """Split a text at its `{name}`s; `{{` and `}}` are braces. A brace that fits nowhere stays as it is."""
    pieces: list[str | Slot] = []
    plain: list[str] = []
    problem = ""
    at = 0
    while at < len(text):
        opens, closes = text.find("{", at), text.find("}", at)
        here = min(opens if opens >= 0 else len(text), closes if closes >= 0 else len(text))
        plain.append(text[at:here])
        if here == len(text):
            break
        brace = text[here]
        at = here + 1
        if text[at : at + 1] == brace:
            plain.append(brace)
            at += 1
            continue
        end = closes if brace == "{" else -1
        name = text[at:end].strip() if end > here else ""
        if name and "{" not in name and "\n" not in name:
            pieces += ["".join(plain), Slot(name)]
            plain, at = [], end + 1
            continue
        if not problem:
            problem = _problem(brace, closed=end > here, empty=end == at)
        plain.append(brace)
    pieces.append("".join(plain))
    return Template(tuple(piece for piece in pieces if piece != ""), problem)


def _problem(brace: str, *, closed: bool, empty: bool) -> str:
    if brace == "}":
        return "'}' closes no '{'"
    if empty:
        return "'{}' names nothing"
    return "'{' is followed by no name" if closed else "'{' is not closed"
