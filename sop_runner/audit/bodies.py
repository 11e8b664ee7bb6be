"""Bodies of entries read back and found to be in canonical form (RFC 8785), at less than parsing and encoding them.

Nearly every body is known by its look: the keys in their order, texts without anything escaped, a head as many
entries before had it. Whatever looks otherwise is parsed and encoded again.
"""

from typing import Any

from sop_runner.audit.entry import BODY_KEYS
from sop_runner.audit.heads import NotCanonical, head_in, known, parsed_head, scan
from sop_runner.audit.look import VERSION, begins, behind, stands_for_itself
from sop_runner.base.canonical import canonical_bytes

_actors: dict[str, str | None] = {}
_MOST = 4_096
"""People whose look is kept."""


Fields = tuple[Any, ...]
"""The values in a body: who acted, the head, the others by the order of their keys, `ts` as three, numbers and the
procedure as texts; then the procedure parsed.
"""
(
    ACTOR, HEAD, LOG, OUTCOME, PREV, PIN_TEXT, REASON, ROLE, RUN, RUN_PREV, RUN_SEQ, SEQ, TO, BOOT, MONO_NS, WALL, TYPE,
    PROCEDURE,
) = (0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)  # fmt: skip
"""Where some of the fields are; the text of the procedure is none where the body had to be parsed."""


def read_body(body: bytes) -> dict[str, Any]:
    """What a body says. Parts that are alike may be the same objects: nothing of it is to be changed.

    Raises NotCanonical, or what parsing bytes that no program wrote can end in.
    """
    return said_in(fields_in(body))


def fields_in(body: bytes) -> Fields:
    """The fields of a body. Raises as `read_body` does."""
    text = body.decode()
    if stands_for_itself(body):
        start = text.find(',"arrow":')
        end = text.find('],"key":"', start)
        look = behind(text, end + 9) if end > 0 else None
        if look is not None:
            fields = look.groups()
            try:
                who = text[:start]
                actor = _actors[who] if who in _actors else _actor(who)
                head = head_in(text[start + 9 : end])
                return actor, head, *fields, None if fields[4] is None else known(fields[4])
            except (ValueError, StopIteration):
                pass  # the text of a value looks like where the head ends
    return _parsed(body, text)


def _actor(who: str) -> str | None:
    look = begins(who)
    if look is None:
        raise NotCanonical(who)
    if len(_actors) >= _MOST:
        _actors.clear()
    found: str | None = look[1]
    _actors[who] = found
    return found


def said_in(fields: Fields) -> dict[str, Any]:
    """What a body with these fields says."""
    (
        actor, head, key, log, outcome, prev, _, reason, role, run, run_prev, run_seq, seq, to,
        boot, mono_ns, wall, type_, pin,
    ) = fields  # fmt: skip
    if head.body is not None:
        return head.body  # type: ignore[no-any-return]  # what JSON holds is Any
    return {
        "actor": actor,
        "arrow": head.arrow,
        "at": head.at,
        "evidence": head.evidence,
        "key": key,
        "log": log,
        "outcome": outcome,
        "prev": prev,
        "procedure": pin,
        "reason": reason,
        "role": role,
        "run": run,
        "run_prev": run_prev,
        "run_seq": None if run_seq is None else int(run_seq),
        "seq": int(seq),
        "to": to,
        "ts": {"boot": boot, "mono_ns": mono_ns, "wall": wall},
        "type": type_,
        "v": VERSION,
    }


def _parsed(body: bytes, text: str) -> Fields:
    raw, end = scan(text, 0)
    if end != len(text) or list(raw) != _KEYS or canonical_bytes(raw) != body:
        raise NotCanonical(text)
    seq, run_seq, ts = raw["seq"], raw["run_seq"], raw["ts"]
    if (
        type(raw["v"]) is not int
        or raw["v"] != VERSION
        or type(seq) is not int
        or type(run_seq) not in (int, type(None))
    ):
        raise NotCanonical(text)
    rest = [raw[name] for name in _KEYS[4:13]]  # from `key` to `run_prev`
    stamp = [ts.get(name) if isinstance(ts, dict) else None for name in ("boot", "mono_ns", "wall")]
    count = None if run_seq is None else str(run_seq)
    return (
        raw["actor"],
        parsed_head(raw),
        *rest,
        count,
        str(seq),
        raw["to"],
        *stamp,
        raw["type"],
        raw["procedure"],
    )


_KEYS = sorted(BODY_KEYS)  # in canonical form they come in this order
