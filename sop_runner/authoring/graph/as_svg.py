"""A drawing in SVG 1.1 that any browser shows, light or dark as the reader has it; nothing is loaded."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from sop_runner.base.textsafe import visible

from .picture import Picture
from .svg_layout import (
    CARD,
    GROUP,
    LANE,
    LINE,
    PAD,
    Card,
    Frame,
    Layout,
    Side,
    Straight,
    lay_out,
    width_of,
)

_MARGIN = 24
_LEGEND = "◆ mandatory · ! cannot be taken back · ■ end · dashed: otherwise, at a limit, passed over"
_STYLE = """
.page{fill:#ffffff} .card{fill:#f8fafc;stroke:#64748b;stroke-width:1.2} .mandatory{stroke:#b45309;stroke-width:2.5}
.bar{fill:#b45309} .decision{fill:#eef2ff} .call{fill:#f0f9ff} .end{fill:#f1f5f9} .closes{stroke:#15803d;stroke-width:2.5}
.irreversible{stroke:#b91c1c;stroke-width:2.5} .frame{fill:#64748b;fill-opacity:.07;stroke:#94a3b8;stroke-dasharray:5 4}
text{font:13px system-ui,-apple-system,"Segoe UI","Noto Sans","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;fill:#0f172a}
.heading{font-size:17px;font-weight:600} .title{font-weight:600} .what,.name,.section{fill:#64748b} .section{font-weight:600}
.when{font-style:italic;fill:#475569} .gains{fill:#15803d} .needs{fill:#b45309} .act{fill:#b91c1c}
.arrow{fill:none;stroke:#475569;stroke-width:1.4} .otherwise,.limit,.passed{stroke-dasharray:5 4} .tip{fill:#475569}
.label{font-size:12px;fill:#334155;paint-order:stroke;stroke:#ffffff;stroke-width:4px;stroke-linejoin:round}
@media (prefers-color-scheme:dark){.page{fill:#0f172a} .card{fill:#1e293b;stroke:#94a3b8} .decision{fill:#1e1b4b} .call{fill:#082f49}
.end{fill:#1f2937} text{fill:#e2e8f0} .what,.name,.section{fill:#94a3b8} .when{fill:#cbd5e1} .gains{fill:#4ade80} .needs{fill:#fbbf24}
.act{fill:#f87171} .arrow{stroke:#94a3b8} .tip{fill:#94a3b8} .label{fill:#cbd5e1;stroke:#0f172a} .mandatory{stroke:#f59e0b}
.bar{fill:#f59e0b} .closes{stroke:#22c55e} .irreversible{stroke:#ef4444}}
"""


def as_svg(picture: Picture) -> str:
    """One document; every text goes in as text, never as markup."""
    return _Canvas(picture, lay_out(picture)).document()


class _Canvas:
    def __init__(self, picture: Picture, layout: Layout) -> None:
        self._picture, self._layout = picture, layout
        inset = layout.depth * GROUP
        self._labels = {True: _room(layout.forward), False: _room(layout.back)}
        left = layout.left * LANE + self._labels[False]
        right = layout.right * LANE + self._labels[True]
        self._x = _MARGIN + left + inset
        heading = width_of(visible(picture.title, lines=False)) * 1.35
        heading = max(heading, width_of(f"{picture.name} · {_LEGEND}"))
        self._width = max(self._x + CARD + inset + right, _MARGIN + heading) + _MARGIN
        self._root = Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "width": _n(self._width), "height": _n(layout.height),
                "viewBox": f"0 0 {_n(self._width)} {_n(layout.height)}",
                "role": "img",
            },
        )  # fmt: skip

    def document(self) -> str:
        root = self._root
        SubElement(root, "title").text = visible(f"{self._picture.name} {self._picture.title}", lines=False)
        SubElement(root, "style").text = _STYLE
        SubElement(root, "rect", {"class": "page", "width": "100%", "height": "100%"})
        self._text(_MARGIN, 30, visible(self._picture.title, lines=False), "heading")
        self._text(_MARGIN, 48, f"{visible(self._picture.name, lines=False)} · {_LEGEND}", "name")
        for frame in self._layout.frames:
            self._frame(frame)
        for side in self._layout.forward:
            self._side(side, right=True)
        for side in self._layout.back:
            self._side(side, right=False)
        for straight in self._layout.straight:
            self._straight(straight)
        for card in self._layout.cards:
            self._card(card)
        # Labels last: no arrow runs over them.
        for straight in self._layout.straight:
            self._text(
                self._x + CARD / 2 + 8,
                (straight.top + straight.bottom) / 2 + 2,
                straight.label,
                "label",
                "; ".join(line.when for line in straight.lines if line.when),
            )
        for side in self._layout.forward:
            self._text(self._x + CARD + 8, side.start - 4, side.label, "label", side.line.when)
        for side in self._layout.back:
            self._text(self._x - 8, side.start - 4, side.label, "label", side.line.when, anchor="end")
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")

    def _frame(self, frame: Frame) -> None:
        inset = (self._layout.depth - frame.depth) * GROUP
        at = {"x": _n(self._x - inset), "y": _n(frame.top), "rx": "10"}
        size = {"width": _n(CARD + 2 * inset), "height": _n(frame.bottom - frame.top)}
        SubElement(self._root, "rect", {"class": "frame", **at, **size})
        self._text(self._x - inset + 10, frame.top + LINE, frame.title, "section")

    def _card(self, card: Card) -> None:
        box = card.box
        marks = [box.kind]
        if box.mandatory:
            marks.append("mandatory")
        if box.irreversible:
            marks.append("irreversible")
        if box.closes:
            marks.append("closes")
        round_ = {"decision": "22", "end": "22", "step": "8"}.get(box.kind, "2")
        at = {"x": _n(self._x), "y": _n(card.top), "rx": round_, "width": _n(CARD), "height": _n(card.height)}
        group = SubElement(self._root, "g")
        SubElement(group, "title").text = visible(f"{box.kind} {box.id}", lines=False)
        SubElement(group, "rect", {"class": " ".join(("card", *marks)), **at})
        if box.kind == "call":  # a box of its own inside the card
            inner = {
                "x": _n(self._x + 4),
                "y": _n(card.top + 4),
                "width": _n(CARD - 8),
                "height": _n(card.height - 8),
            }
            SubElement(group, "rect", {"class": "card", "fill-opacity": "0", **inner})
        if box.mandatory:
            bar = {"x": _n(self._x), "y": _n(card.top), "width": "6", "height": _n(card.height)}
            SubElement(group, "rect", {"class": "bar", **bar})
        for index, piece in enumerate(card.pieces):
            self._text(self._x + PAD + 8, card.top + PAD + LINE * (index + 0.75), piece.text, piece.style)

    def _straight(self, arrow: Straight) -> None:
        x = self._x + CARD / 2
        self._path(f"M{_n(x)} {_n(arrow.top)}V{_n(arrow.bottom - 7)}", arrow.lines[0].way)
        self._tip([(x - 4, arrow.bottom - 8), (x + 4, arrow.bottom - 8), (x, arrow.bottom)])

    def _side(self, side: Side, *, right: bool) -> None:
        sign = 1 if right else -1
        edge = self._x + (CARD if right else 0)
        lane = edge + sign * (self._layout.depth * GROUP + self._labels[right] + side.lane * LANE)
        down = 1 if side.stop > side.start else -1
        turn = min(7.0, abs(side.stop - side.start) / 2)
        self._path(
            f"M{_n(edge)} {_n(side.start)}H{_n(lane - sign * turn)}Q{_n(lane)} {_n(side.start)} {_n(lane)} {_n(side.start + down * turn)}"
            f"V{_n(side.stop - down * turn)}Q{_n(lane)} {_n(side.stop)} {_n(lane - sign * turn)} {_n(side.stop)}H{_n(edge + sign * 7)}",
            side.line.way,
        )
        self._tip([(edge + sign * 8, side.stop - 4), (edge + sign * 8, side.stop + 4), (edge, side.stop)])

    def _path(self, steps: str, way: str) -> None:
        SubElement(self._root, "path", {"class": f"arrow {way}", "d": steps})

    def _tip(self, corners: list[tuple[float, float]]) -> None:
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in corners)
        SubElement(self._root, "polygon", {"class": "tip", "points": points})

    def _text(self, x: float, y: float, said: str, style: str, tip: str = "", anchor: str = "start") -> None:
        if not said:
            return
        at = {"x": _n(x), "y": _n(y), "class": style}
        if anchor != "start":
            at["text-anchor"] = anchor
        text = SubElement(self._root, "text", at)
        text.text = said
        if tip:
            SubElement(text, "title").text = visible(tip, lines=False)


def _room(sides: Sequence[Side]) -> float:
    """How much is left free for the labels of one side."""
    return max((width_of(side.label) + 24 for side in sides), default=0.0)


def _n(number: float) -> str:
    return f"{number:.1f}".rstrip("0").rstrip(".")
