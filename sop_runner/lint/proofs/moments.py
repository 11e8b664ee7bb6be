"""What is said about time, `within` and `same_day`, is said alike as long as nobody acts: no time passes by itself."""

from sop_runner.procedure.when import Test, tests

from .names import Variable, Vocabulary, conditions
from .regions import CHANGING, Regions

SAID = Regions("yes-no", (False, True))
NO, YES = 2, 4


def add_moments(words: Vocabulary) -> None:
    """An answer to remember for each question about time that is asked of a name."""
    for scope, condition in conditions(words.plan):
        for test in tests(condition):
            if isinstance(test, Test) and test.operator in CHANGING:
                of = words.resolve(scope, test.name)
                asked = None if of is None else (of, *question(test))
                if asked is None or of is None or asked in words.moments:
                    continue
                one = words.known[of]
                key = f"?{of} {asked[1]} {asked[2]}"
                words.moments[asked] = key
                words.known[key] = Variable(
                    key, {"yes-no"}, cone=one.cone if one.derive is not None else frozenset({of}), leaves=(key,),
                    free=True, regions=SAID, possible=SAID.known, asked_of=of,
                )  # fmt: skip


def question(test: Test) -> tuple[str, object]:
    """What is asked about time. Of what is not known, neither the same day nor another one is so."""
    return test.operator, test.value


def answer(*, truth: bool) -> int:
    """The answer that a test gives by being so or not."""
    return YES if truth else NO
