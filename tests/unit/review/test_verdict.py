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


def test_checkpoints_that_one_strange_key_signed_are_one_line() -> None:
    """A reviewer with the wrong key file was told of each checkpoint of the log; data for programs has them all."""

    def signed(size: int, key: str) -> AuditFinding:
        said = f"the checkpoint of size {size} is signed by '{key}', a key this log never enrolled"
        return AuditFinding(Code.REKEYED, size - 1, None, said)

    found = (signed(1, "a"), signed(4, "a"), signed(5, "b"), signed(9, "a"), *FOUND[:2], FOUND[0])
    verdict = Verdict(Trust.PINNED, 9, 0, 4, found)
    assert verdict_lines(verdict)[3:8] == [
        "REKEYED entries 0 to 8: 3 checkpoints are signed by 'a', a key this log never enrolled; --json lists each",
        "REKEYED entry 4: the checkpoint of size 5 is signed by 'b', a key this log never enrolled",
        "FIELD_MODIFIED entry 0: wrong 0",
        "FIELD_MODIFIED entry 1: wrong 1",
        "FIELD_MODIFIED entry 0: wrong 0",
    ]
    assert len(verdict.to_json()["findings"]) == 7
