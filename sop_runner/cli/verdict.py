"""A verdict of verification, in words."""

from sop_runner.audit.findings import Outcome, Trust, Verdict

_SAID = {
    Outcome.CLEAN: "CLEAN: everything that was checked holds.",
    Outcome.TAMPERED: "TAMPERED: the log contradicts itself or its signatures.",
    Outcome.UNVERIFIABLE: "UNVERIFIABLE: something needed for a verdict is missing. This is no pass.",
}
_TRUST = {
    Trust.PINNED: "the verifier key is the one that you pinned",
    Trust.FIRST_USE: "the verifier key was first seen here",
    Trust.SELF_ASSERTED: "the log names its own verifier key, nobody else vouches for it",
}


def verdict_lines(verdict: Verdict) -> list[str]:
    """The verdict, its trust and its limits, then every finding."""
    lines = [
        _SAID[verdict.outcome],
        f"entries {verdict.entries}, signatures {verdict.signatures}, trust {verdict.trust}: {_TRUST[verdict.trust]}",
    ]
    for finding in verdict.findings:
        place = "" if finding.index is None else f" entry {finding.index}"
        run = f" run {finding.run}" if finding.run else ""
        lines.append(f"{finding.code}{place}{run}: {finding.message}")
    lines.append(
        "Not checked here: entries removed from the end since the last copy outside this machine, acts that were"
        " never recorded, and whether what was recorded is true."
    )
    return lines
