"""A log review: another system's operation log compared with the record, statement by statement."""

import re
from collections.abc import Mapping
from typing import Any

from sop_runner.base.message import listing, msg
from sop_runner.procedure.evidence import LogReview
from sop_runner.procedure.nodes import Confirmation
from sop_runner.run import events as ev
from sop_runner.run.actions import Answer
from sop_runner.run.going import Going, No

from .common import done, fail, role_of, shown

_DIGEST = re.compile(r"[0-9a-f]{64}")


def answer_log_review(going: Going, action: Answer) -> None:
    """Record each check and the extract; with `done` judge the whole, `declined` fails it."""
    node = going.node.node
    assert isinstance(node, Confirmation)
    review = node.log_review
    assert review is not None
    role = role_of(going)
    for name, raw in action.values.items():
        going.emit(ev.PART_ANSWERED, role=role, evidence=(_piece(going, review, name, raw), shown(going)))
    if action.choice == "declined":
        fail(
            going, role, msg("the log of '{source}' does not agree", source=review.source), (), action.reason
        )
    elif action.choice in ("done", "affirmed"):
        _complete(going, review, role, action.reason)
    elif not action.choice and not action.values:
        raise No(msg("nothing of '{node}' was answered", node=going.run.at))
    elif action.choice:
        raise No(
            msg("'{node}' is completed or declined, not '{choice}'", node=going.run.at, choice=action.choice)
        )


def _piece(going: Going, review: LogReview, name: str, raw: Any) -> dict[str, Any]:
    if name == "extract":
        return _extract(raw)
    if not (name.isdecimal() and 1 <= int(name) <= len(review.checks)):
        raise No(msg("'{node}' has no check '{check}'", node=going.run.at, check=name))
    if not isinstance(raw, bool):
        raise No(msg("check '{check}' is answered with yes or no", check=name))
    return {"kind": "check", "check": str(int(name)), "right": raw}


def _extract(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, Mapping) or not _DIGEST.fullmatch(str(raw.get("digest", ""))):
        raise No(msg("the extract has no digest; attach the file or paste the lines"))
    lines = raw.get("lines")
    if not isinstance(lines, int) or isinstance(lines, bool) or lines < 1:
        raise No(msg("the extract is empty; attach the lines that show the change"))
    return {
        "kind": "extract",
        "extract": "",
        "digest": raw["digest"],
        "lines": lines,
        "name": str(raw.get("name", "")),
    }


def _complete(going: Going, review: LogReview, role: str, reason: str) -> None:
    partial = going.run.partial
    wrong = []
    for number in range(1, len(review.checks) + 1):
        piece = partial.get(f"check:{number}")
        if piece is None:
            raise No(msg("check '{check}' of '{node}' is not answered yet", check=number, node=going.run.at))
        if not piece["right"]:
            wrong.append(str(number))
    if wrong:
        why = msg(
            "the log of '{source}' does not agree at check {checks}",
            source=review.source,
            checks=listing(wrong),
        )
        fail(going, role, why, ({"kind": "unexpected", "items": wrong},), reason)
        return
    if review.extract == "required" and "extract:" not in partial:
        raise No(
            msg(
                "'{node}' needs the extract of the log of '{source}'", node=going.run.at, source=review.source
            )
        )
    done(going, role, ({"kind": "log_review", "source": review.source},), reason)
