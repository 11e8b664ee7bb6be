"""The event parsers of PyYAML behind one port."""

from collections.abc import Callable
from typing import Any

from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

try:
    from yaml._yaml import CParser
except ImportError:  # PyYAML was built without libyaml
    CParser = None  # type: ignore[assignment, misc]  # in place of a class, and asked for below


MAX_CHARACTERS = (1 << 20) if CParser is not None else 200_000
MAX_NODES = 100_000 if CParser is not None else 25_000
"""The longest text, and the most keys and values, that the parser at hand reads within a second."""


class PureParser(Reader, Scanner, Parser):
    """The parser in Python: about ten times slower, used where PyYAML came without libyaml."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


def events_of(text: str) -> Callable[[], Any]:
    """A function that gives the next event; it raises `yaml.YAMLError` where `text` is not YAML.

    The indices of both parsers count characters from the start of `text`.
    """
    if CParser is not None:
        quick: Callable[[], Any] = CParser(text).get_event
        return quick
    return PureParser(text).get_event
