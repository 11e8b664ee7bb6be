"""A way as one line."""

from sop_runner.lint.proofs.result import Stop, told


def test_long_stretches_without_a_choice_are_counted() -> None:
    way = (
        Stop("start", "yes"),
        *(Stop(f"n-{number}") for number in range(20)),
        Stop("end", "", (("a", "1"),)),
    )
    assert told(way) == "start (yes) > n-0 > … 18 more … > n-19 > end (a: 1)"


def test_short_ones_are_told_in_full() -> None:
    assert told(tuple(Stop(f"n-{number}") for number in range(3))) == "n-0 > n-1 > n-2"
