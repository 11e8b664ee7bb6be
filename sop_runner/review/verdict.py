"""A verdict of verification, in words."""

from collections.abc import Iterable

from sop_runner.audit.findings import AuditFinding, Code, Outcome, Trust, Verdict

from .advice import advice_on

SAID = {
    Outcome.CLEAN: "CLEAN: everything that was checked holds.",
    Outcome.TAMPERED: "TAMPERED: something in the log is not as it was written, or not as the rules allow.",
    Outcome.UNVERIFIABLE: "UNVERIFIABLE: something needed for a verdict is missing. This is no pass.",
}
_UNANCHORED = {
    Outcome.CLEAN: "anchored by nothing outside the database: entries cut from its end would not be missed",
    Outcome.TAMPERED: "anchored by nothing: no copy outside the database vouches for the log as it is now",
    Outcome.UNVERIFIABLE: "anchored by nothing: no copy outside the database vouches for the log as it is now",
}
_SIGNED = " is signed by "
_CONTRADICTED = (Code.TAIL_TRUNCATED, Code.ROLLED_BACK, Code.FORKED)
_TRUST = {
    Trust.PINNED: "the verifier key is the one that you gave",
    Trust.FIRST_USE: "the verifier key is the one that was seen here first, in the desk's own files; --key pins yours",
    Trust.SELF_ASSERTED: "the desk's own files name the verifier key, nobody else vouches for it; --key pins yours",
}


def verdict_lines(verdict: Verdict, *, integrity_only: bool = False, most: int | None = None) -> list[str]:
    """The verdict, its trust and its limits, then every finding; where `most` are shown, how many more there are."""
    lines = [
        SAID[verdict.outcome],
        f"entries {verdict.entries:,}, signatures {verdict.signatures:,}, trust {verdict.trust}: {_TRUST[verdict.trust]}",
        _anchored(verdict),
        *verdict.asked,
    ]
    told = _told(verdict.findings)
    lines += told[:most]
    if most is not None and len(told) > most:
        lines.append(f"and {len(told) - most:,} more: 'sop audit verify' prints every one")
    if verdict.findings:
        lines += ["", "What that means, and what to do:", *advice_on(verdict.findings), ""]
    if verdict.read_from:
        lines.append(
            f"Read were the entries from {verdict.read_from} on, and that the log extends the checkpoint over those"
            " before. Of the older ones only what belongs to no run and the runs that went on since were read again;"
            " damage to other older rows, and proofs or tickets used twice across older runs, are for a verification"
            " of the whole."
        )
    if integrity_only:
        lines.append("No run was replayed, and no personal value was compared.")
    lines.append(
        "Cannot be found: what somebody with the database and the key rewrote after the newest outside copy, or cut"
        " back to it; acts that were never recorded, or falsely; the time itself; a program made to lie."
    )
    return lines


def _anchored(verdict: Verdict) -> str:
    if not verdict.size_anchored:
        return _UNANCHORED[verdict.outcome]
    said = f"anchored up to entry {verdict.size_anchored - 1:,} by a copy outside the database"
    contradicted = any(one.code in _CONTRADICTED for one in verdict.findings)
    return f"{said}, and contradicted by another one: see below" if contradicted else said


def _told(findings: Iterable[AuditFinding]) -> list[str]:
    """Each finding on its line; the checkpoints that one strange key signed on one for all of them."""
    told: dict[str, list[AuditFinding]] = {}
    for number, finding in enumerate(findings):
        strange = finding.code is Code.REKEYED and _SIGNED in finding.message
        key = finding.message.partition(_SIGNED)[2] if strange else str(number)
        told.setdefault(key, []).append(finding)
    return [
        finding_line(those[0])
        if len(those) == 1
        else f"{those[0].code} entries {those[0].index} to {those[-1].index}:"
        f" {len(those):,} checkpoints are signed by {key}; --json lists each"
        for key, those in told.items()
    ]


def finding_line(finding: AuditFinding) -> str:
    """One finding: its code, its place and what it says."""
    place = "" if finding.index is None else f" entry {finding.index}"
    run = f" run {finding.run}" if finding.run else ""
    return f"{finding.code}{place}{run}: {finding.message}"
