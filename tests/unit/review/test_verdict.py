"""A verdict in words: all of it for a file, its first findings for a screen."""

from sop_runner.audit.findings import AuditFinding, Code, Trust, Verdict
from sop_runner.review.verdict import verdict_lines

FOUND = tuple(AuditFinding(Code.FIELD_MODIFIED, at, None, f"wrong {at}") for at in range(1_500))


def test_a_screen_is_told_how_many_findings_more_there_are() -> None:
    verdict = Verdict(Trust.PINNED, 1_500, 0, 1, FOUND)
    whole, part = verdict_lines(verdict), verdict_lines(verdict, most=200)
    assert part[:203] == whole[:203]
    assert part[203] == "and 1,300 more: 'sop audit verify' prints every one"
    assert part[204:] == whole[1_503:]
    assert sum("wrong" in line for line in whole) == 1_500
    assert verdict_lines(verdict, most=1_500) == whole
