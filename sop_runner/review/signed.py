"""Signatures over what is no run and no text: erasures, legal holds, segments, keys, exports, reviewers' marks."""

from collections.abc import Iterator, Mapping
from typing import Any

from sop_runner.audit.findings import Code
from sop_runner.audit.keyring import KEY_TYPES

from .enrolled import Enrolled
from .exports.sealed import SEALED
from .holds import ERASED, HELD, RELEASED
from .judging import Flaw
from .marking import TYPES as MARKS
from .signed_off import signature_over

_PARTS = ("factor", "factor_kind", "ref")
_MUST_BE_SIGNED = frozenset((HELD, RELEASED, ERASED, SEALED)) | MARKS | KEY_TYPES


def unfit(body: Mapping[str, Any], enrolled: Enrolled | None) -> Iterator[Flaw]:
    """What is wrong with who signed an entry outside any run; without `enrolled` not who that is."""
    kind, signed = body["type"], signature_over(body)
    if signed is None:
        if kind in _MUST_BE_SIGNED:
            yield Flaw(Code.CONTROL_SKIPPED, f"'{kind}' is not signed with a factor of whoever did it")
        return
    factors = _factors(signed)
    whole = factors and len(factors) == len(signed["factors"])
    if signed.get("approved") is not True or not whole or body["actor"] is None:
        yield Flaw(Code.CONTROL_SKIPPED, f"'{kind}' is not signed with a factor of whoever did it")
    elif enrolled is not None:
        unknown = enrolled.stranger(body)
        if unknown:
            yield Flaw(Code.ILLEGAL_TRANSITION, unknown)
        have, need = len({one["factor_kind"] for one in factors}), enrolled.factors_of(body)
        if have < need:
            said = f"'{kind}' is signed with {have} of the {need} kinds of factor that '{body['actor']}' has"
            yield Flaw(Code.CONTROL_SKIPPED, said)


def proofs_in(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The marks of the one-time proofs that an entry was signed with."""
    signed = signature_over(body)
    found = [one.get("ref") for one in _factors(signed)] if signed is not None else []
    return tuple(ref for ref in found if isinstance(ref, str) and ref)


def _factors(signed: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Those that are factors by their form."""
    factors = signed.get("factors")
    return tuple(filter(_is_factor, factors)) if isinstance(factors, list) else ()


def _is_factor(one: Any) -> bool:
    return isinstance(one, dict) and all(isinstance(one.get(name), str) for name in _PARTS)
