"""What F1 says: keys, this item, controls, marks."""

from sop_runner.run.views import RunView

from ..ui import Ui
from ..widgets.paper import Para
from .words import control_word, kind_word


def help_paras(ui: Ui, view: RunView | None = None) -> list[Para]:
    """The help of the run screen, or of the board where there is no run."""
    paras = _keys(ui)
    if view is not None:
        paras += [*_item(ui, view), *_controls(ui, view), *_roles(ui, view), *_marks(ui)]
    return paras


def _keys(ui: Ui) -> list[Para]:
    t = ui.t
    keys = (
        ("Enter", t._("does what the line of keys says; in a form it goes to the next empty question first")),
        ("1-9", t._("choose")),
        ("Tab", t._("goes to the next field, the arrows move in a list")),
        ("Esc", t._("lets go of a field, puts a dialog away; never undoes anything")),
        ("F1", t._("this help")),
        ("F2", t._("hold: stop for now, with a reason")),
        ("F3", t._("note: write into the record")),
        ("F4", t._("go back to an item, to correct it")),
        ("F5", t._("copy the words to say")),
        ("F6", t._("everything else (also Ctrl+P): deviation, hand-over, otherwise, abandon")),
        ("PgUp PgDn", t._("scroll the text of the item")),
        ("Ctrl+Q", t._("quit; the run is held where it stands")),
    )
    return [Para(t._("Keys"), "title"), *(Para(text, "", f"{key:<10}", 1) for key, text in keys), Para("")]


def _item(ui: Ui, view: RunView) -> list[Para]:
    t, item = ui.t, view.item
    if item is None:
        return []
    what = {
        "step": t._("A step: do what it says, then report it done."),
        "checklist": t._("A checklist: each item is answered by itself, then the whole is completed."),
        "decision": t._("A decision: one way on is chosen and recorded."),
        "identity": t._(
            "An identity: the customer proves it with factors of different kinds. Codes are not kept."
        ),
        "record": t._("A record: what is typed is written down and can be read by a reviewer."),
        "statement": t._("A statement: somebody affirms or declines it; either is recorded."),
        "sign_off": t._(
            "A sign-off: another person proves who they are here, checks for themselves, and rules."
        ),
        "log_review": t._(
            "A log review: another system's log is compared with the record, and its extract kept."
        ),
        "read_back": t._("A read-back: a value is typed again from its source and compared."),
    }
    text = what.get(item.evidence or item.kind, "")
    return [
        Para(f"{kind_word(ui, item.kind)} {item.title or item.node}", "title"),
        Para(text, "", "", 1),
        Para(""),
    ]


def _controls(ui: Ui, view: RunView) -> list[Para]:
    if not view.controls:
        return []
    t, titles = ui.t, {row.node: row.title for row in view.outline if row.title}
    paras = [Para(t._("What closing needs"), "title")]
    for row in view.controls:
        glyph = ui.glyphs.control.get(row.state, " ")
        paras.append(
            Para(
                t.labelled(t.aside(row.title, control_word(ui, row.state)), row.sentence),
                "",
                f"{glyph} ",
                1,
            )
        )
        if row.state in ("missing", "stale") and row.renewed_by:
            paras.append(
                Para(
                    t._(
                        "gained by {items}", items=t.listed(titles.get(node, node) for node in row.renewed_by)
                    ),
                    "dim",
                    "",
                    3,
                )
            )
    return [*paras, Para("")]


def _roles(ui: Ui, view: RunView) -> list[Para]:
    if not view.roles:
        return []
    t = ui.t
    said = [Para(t.labelled(row.title, row.sentence), "", "", 1) for row in view.roles]
    return [Para(t._("Roles"), "title"), *said, Para("")]


def _marks(ui: Ui) -> list[Para]:
    t, outline = ui.t, ui.glyphs.outline
    marks = (
        (outline["done"], t._("done")),
        (outline["current"], t._("the current item")),
        (outline["ahead"], t._("ahead")),
        (outline["maybe"], t._("a condition decides whether it comes")),
        (outline["passed"], t._("passed over, or not on the way any more")),
        (outline["waived"], t._("waived: counts as done by a ruling")),
        (outline["open"], t._("done, and still to be undone")),
        (ui.glyphs.end, t._("an end")),
        (ui.glyphs.mandatory, t._("mandatory: closing needs it")),
    )
    return [Para(t._("Marks"), "title"), *(Para(text, "", f"{mark}  ", 1) for mark, text in marks)]
