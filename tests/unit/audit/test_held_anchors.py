"""What heads from outside show together: each place that contradicts the log is named, a contradiction once."""

import pytest

from sop_runner.audit.anchors import Broken, Held, Outside, Told, hold
from sop_runner.audit.findings import AuditFinding, Code, Trust, Verdict
from sop_runner.review.verdict import verdict_lines


def held(*anchors: Outside, size: int = 20) -> Held:
    return hold(anchors, "log", (), size, None, lambda: False)


def test_all_who_contradict_a_log_are_named_in_one_finding() -> None:
    found = held(Told("the witness 'w'", 22, True), Told("the folder 'f'", 22), Told("the witness 'v'", 22))
    (finding,) = found.findings
    assert (finding.code, finding.index) == (Code.ROLLED_BACK, 20)
    assert finding.message.startswith("the witness 'w' is of 22 entries, the log has 20")
    assert finding.message.endswith("The same shows the folder 'f', and the witness 'v'")


def test_what_is_wrong_in_two_places_is_told_of_both() -> None:
    found = held(Broken("the token 1", "is cut short"), Broken("the token 2", "is by somebody else"))
    assert [one.message for one in found.findings] == [
        "the token 1 is cut short",
        "the token 2 is by somebody else",
    ]


@pytest.mark.parametrize(
    ("code", "said"),
    [(Code.FORKED, "anchored up to entry 21 by a copy outside the database, and contradicted by another one"),
     (Code.CLOCK_BACK, "anchored up to entry 21 by a copy outside the database")],
)  # fmt: skip
def test_a_size_that_is_vouched_for_and_contradicted_is_said_so(code: Code, said: str) -> None:
    verdict = Verdict(Trust.PINNED, 22, 22, 1, (AuditFinding(code, 3, None, "so it is"),))
    assert verdict_lines(verdict)[2].partition(":")[0] == said
