"""Where everything stands in the drawing: one column in the order of the file, arrows in lanes beside it.

An arrow to the next box goes straight down. Every other one leaves its box at the side and joins the lane
of its target: forward ones on the right, those that lead back on the left. Arrows to one target share a
lane, and a lane is used again where the one before it has ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sop_runner.base.textsafe import cell_width, clip, visible, wrap

from .as_text import mark_of
from .picture import Box, Line, Picture

CELL = 7.0
"""Width of one terminal cell in the drawing: text is measured in cells, so that Chinese takes its room."""
LINE = 18
CARD = 330
TEXT_CELLS = 44
PAD = 10
GAP = 34
LANE = 16
STUB = 17
LABEL_CELLS = 26
GROUP = 12
TOP = 64


@dataclass(frozen=True, slots=True)
class Piece:
    """One line of text in a card: `style` names its class."""

    text: str
    style: str


@dataclass(frozen=True, slots=True)
class Card:
    """A box with its place."""

    box: Box
    top: float
    height: float
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Straight:
    """The arrow down to the next card, for one line or several that go there."""

    lines: tuple[Line, ...]
    top: float
    bottom: float
    label: str


@dataclass(frozen=True, slots=True)
class Side:
    """An arrow that leaves card `source` at height `start` and enters at `stop`, by lane number `lane`."""

    line: Line
    start: float
    stop: float
    lane: int
    label: str


@dataclass(frozen=True, slots=True)
class Frame:
    """A section: its title and from where to where it goes."""

    title: str
    top: float
    bottom: float
    depth: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything with its place; `left` and `right` count the lanes of each side."""

    cards: tuple[Card, ...]
    straight: tuple[Straight, ...]
    forward: tuple[Side, ...]
    back: tuple[Side, ...]
    frames: tuple[Frame, ...]
    left: int
    right: int
    height: float
    depth: int


def lay_out(picture: Picture) -> Layout:
    """Give everything its place."""
    rank = {box.id: index for index, box in enumerate(picture.boxes)}
    straight_of = {box.id: _straight(box, rank) for box in picture.boxes}
    cards = _cards(picture, straight_of)
    straight = []
    forward: list[Line] = []
    back: list[Line] = []
    for box in picture.boxes:
        for line in box.lines:
            here, there = rank[line.source], rank[line.target]
            together = straight_of[box.id]
            if line in together:
                if line is together[0]:
                    edge = cards[here].top + cards[here].height
                    straight.append(Straight(together, edge, cards[there].top, _labels(together)))
            else:
                (forward if there > here else back).append(line)
    right, lanes_right = _sides(forward, cards, rank)
    left, lanes_left = _sides(back, cards, rank)
    bottom = max(card.top + card.height for card in cards)
    depth = max(len(box.groups) for box in picture.boxes)
    return Layout(
        cards,
        tuple(straight),
        right,
        left,
        _frames(picture, cards),
        lanes_left,
        lanes_right,
        bottom + GAP,
        depth,
    )


def _straight(box: Box, rank: dict[str, int]) -> tuple[Line, ...]:
    """The arrows that go down to the next card as one; where their labels have no room, the first of them."""
    following = [line for line in box.lines if rank[line.target] == rank[box.id] + 1]
    following.sort(key=lambda line: line.way != "next")
    alike = [line for line in following if line.way == following[0].way]
    fits = cell_width(_labels(alike)) <= TEXT_CELLS
    return tuple(alike if fits else alike[:1])


def _labels(lines: Sequence[Line]) -> str:
    return " / ".join(_label(line) for line in lines if line.label)


def _cards(picture: Picture, straight: dict[str, tuple[Line, ...]]) -> tuple[Card, ...]:
    found = []
    top = float(TOP)
    before: tuple[int, ...] = ()
    for box in picture.boxes:
        opened = sum(1 for depth in range(len(box.groups)) if box.groups[: depth + 1] != before[: depth + 1])
        closed = sum(1 for depth in range(len(before)) if before[: depth + 1] != box.groups[: depth + 1])
        top += opened * (LINE + GROUP) + closed * GROUP
        before = box.groups
        pieces = _pieces(box)
        at_side = sum(1 for line in box.lines if line not in straight[box.id])
        height = max(len(pieces) * LINE, at_side * STUB) + 2 * PAD
        found.append(Card(box, top, float(height), pieces))
        top += height + GAP
    return tuple(found)


def _pieces(box: Box) -> tuple[Piece, ...]:
    mark = mark_of(box)
    title = box.title if mark == "·" else f"{mark} {box.title}"
    pieces = [Piece(line, "title") for line in _wrapped(title)]
    pieces += [
        Piece(line, "what") for line in _wrapped(f"{box.kind} {box.id}{f' · {box.what}' if box.what else ''}")
    ]
    if box.only_when:
        pieces += [Piece(line, "when") for line in _wrapped(f"only if {box.only_when}")[:4]]
    if box.irreversible:
        pieces.append(Piece("cannot be taken back", "act"))
    for word, controls, style in (
        ("needs", box.needs, "needs"), ("gains", box.gains, "gains"), ("takes away", box.loses, "act"),
    ):  # fmt: skip
        if controls:
            pieces += [Piece(line, style) for line in _wrapped(f"{word} {', '.join(controls)}")]
    if box.closes:
        pieces.append(Piece("closes the ticket", "gains"))
    return tuple(pieces)


def _wrapped(text: str) -> list[str]:
    return wrap(visible(text, lines=False), TEXT_CELLS)


def _label(line: Line) -> str:
    said = line.label
    if line.imposes:
        said += f", imposes {', '.join(line.imposes)}"
    return clip(visible(said, lines=False), LABEL_CELLS)


def _sides(lines: list[Line], cards: tuple[Card, ...], rank: dict[str, int]) -> tuple[tuple[Side, ...], int]:
    """Heights and lanes of the arrows of one side; arrows to one target share a lane."""
    leaving: dict[str, list[Line]] = {}
    for line in lines:
        leaving.setdefault(line.source, []).append(line)
    starts: dict[int, float] = {}
    for source, those in leaving.items():
        card = cards[rank[source]]
        for index, line in enumerate(those):
            starts[id(line)] = card.top + PAD + STUB * (index + 0.5)
    targets: dict[str, list[Line]] = {}
    for line in lines:
        targets.setdefault(line.target, []).append(line)
    # Entering arrows keep below those that leave the same card at the same side.
    stops = {target: _entry(cards[rank[target]], len(leaving.get(target, ()))) for target in targets}
    spans = {}
    for target, those in targets.items():
        heights = [stops[target], *(starts[id(line)] for line in those)]
        spans[target] = (min(heights), max(heights))
    lanes = _lanes(spans)
    sides = tuple(
        Side(line, starts[id(line)], stops[line.target], lanes[line.target], _label(line)) for line in lines
    )
    return sides, max(lanes.values(), default=-1) + 1


def _entry(card: Card, leaving: int) -> float:
    return min(card.top + PAD + STUB * leaving + 6, card.top + card.height - 5)


def _lanes(spans: dict[str, tuple[float, float]]) -> dict[str, int]:
    """The lowest lane that is free for the whole span, the shortest spans first: they stay near the cards."""
    used: list[list[tuple[float, float]]] = []
    found: dict[str, int] = {}
    for target, (top, bottom) in sorted(spans.items(), key=lambda one: (one[1][1] - one[1][0], one[1])):
        lane = next(
            (i for i, taken in enumerate(used) if all(bottom < low or top > high for low, high in taken)),
            len(used),
        )
        if lane == len(used):
            used.append([])
        used[lane].append((top - LINE, bottom + LINE))
        found[target] = lane
    return found


def _frames(picture: Picture, cards: tuple[Card, ...]) -> tuple[Frame, ...]:
    deepest = max(len(box.groups) for box in picture.boxes)
    found = []
    for group, title in enumerate(picture.groups):
        those = [card for card in cards if group in card.box.groups]
        depth = those[0].box.groups.index(group)
        inside = max(len(card.box.groups) for card in those) - depth - 1
        first, last = those[0], those[-1]
        opened = sum(
            1 for g in first.box.groups[depth:] if first is next(c for c in cards if g in c.box.groups)
        )
        top = first.top - opened * (LINE + GROUP)
        bottom = last.top + last.height + GROUP * (1 + min(inside, deepest))
        found.append(Frame(clip(visible(title, lines=False), TEXT_CELLS), top, bottom, depth))
    return tuple(found)


def width_of(text: str) -> float:
    """How wide a text is in the drawing."""
    return cell_width(text) * CELL
