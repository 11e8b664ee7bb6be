"""The one thread that speaks to the desk, so that the screen never waits and the desk sees one caller."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from textual.message_pump import MessagePump

from sop_runner.base.errors import SopError

from .messages import Answered, Failed

Result = TypeVar("Result")


class Clerk:
    """Does what it is asked in order, away from the screen, and posts what came of it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk")
        self._under_way: set[Future[Any]] = set()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._under_way

    def ask(
        self,
        who: MessagePump,
        work: Callable[[], Result],
        then: Callable[[Result], None],
        *,
        quiet: bool = False,
    ) -> None:
        """Do `work` on the desk's thread; `then` gets the result on the screen's, by message to `who`.

        A SopError is posted as Failed. Any other error is a mistake of ours and is raised there.
        """
        future = self._thread.submit(work)
        self._under_way.add(future)
        future.add_done_callback(partial(self._report, who, then, quiet))

    def close(self, last: Callable[[], None] | None = None) -> None:
        """Do one last thing after everything asked so far, and wait for it."""
        if last is not None:
            self._thread.submit(last).result()
        self._thread.shutdown(wait=True)

    def _report(
        self, who: MessagePump, then: Callable[[Result], None], quiet: bool, done: "Future[Result]"
    ) -> None:
        error = done.exception()
        if isinstance(error, SopError):
            who.post_message(Failed(error, quiet))
        elif error is not None:
            who.post_message(Answered(partial(_raise, error)))
        else:
            who.post_message(Answered(partial(then, done.result())))
        self._under_way.discard(done)


def _raise(error: BaseException) -> None:
    raise error
