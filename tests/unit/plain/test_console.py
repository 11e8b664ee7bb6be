"""Text is data: nothing from a file or a person reaches the terminal as anything but text."""

import os
import pty
import re
from io import BytesIO, StringIO, TextIOWrapper
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_runner.base.i18n import Translator
from sop_runner.base.textsafe import cell_width
from sop_runner.plain.console import Console, EndOfInput, Lost
from sop_runner.plain.talk import Option, Talk
from tests.tui.fake_desk import item

from .piped import make_desk, walk

HOSTILE = ("[/]", "[@click=app.quit]x[/]", "\x1b[2Jgone\x07", "a\u202eb\u200bc", "\x9b31m", "\r\boverwrite")


def test_hostile_text_of_a_procedure_is_shown_and_does_nothing() -> None:
    for text in HOSTILE:
        one = item("one", title=text, do=text, say=text, caution=text, ask=text)
        _, said = walk(make_desk(one), text, "1")
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u200b-\u200f]", said)
    assert "[@click=app.quit]x[/]" in walk(make_desk(item("one", do=HOSTILE[1])), "1")[1]


@given(st.text(max_size=300), st.integers(20, 120))
@settings(max_examples=60)
def test_no_line_is_wider_than_the_terminal_and_none_holds_a_control(text: str, width: int) -> None:
    out = StringIO()
    Console(StringIO(), out, width=width).say(text, "  1  ")
    lines = out.getvalue().split("\n")
    assert all(cell_width(line) <= width for line in lines)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", out.getvalue())


def test_wide_characters_and_long_words_are_wrapped_by_cells() -> None:
    out = StringIO()
    console = Console(StringIO(), out, width=40)
    console.say("客户确认" * 40)
    console.say("x" * 2000, "! ")
    lines = out.getvalue().splitlines()
    assert max(cell_width(line) for line in lines) == 40
    assert "".join(lines).replace(" ", "").count("x") == 2000
    assert all(line.startswith(("客", "户", "确", "认", "! x", "  x")) for line in lines)


def test_a_stream_that_cannot_say_a_character_gets_an_escape() -> None:
    raw = BytesIO()
    out = TextIOWrapper(raw, encoding="ascii")
    Console(StringIO(), out).say("Béla 陈")
    assert raw.getvalue() == b"B\\xe9la \\u9648\n"


def test_the_end_of_input_and_a_lost_terminal_are_told_apart() -> None:
    with pytest.raises(EndOfInput):
        Console(StringIO(""), StringIO()).read()
    closed = StringIO()
    closed.close()
    with pytest.raises(Lost):
        Console(StringIO("x\n"), closed).say("x")


def test_words_that_fit_two_choices_choose_neither() -> None:
    out = StringIO()
    talk = Talk(Console(StringIO("re\nrepeat\n"), out), Translator())
    options = [Option("a", "record"), Option("b", "repeat")]
    assert talk.pick("Which?", options) == "b"
    assert "Type a number from 1 to 2, or the word." in out.getvalue()


def test_where_there_is_one_choice_its_number_is_named() -> None:
    out = StringIO()
    assert Talk(Console(StringIO("2\n1\n"), out), Translator()).pick("Which?", [Option("a", "Done")]) == "a"
    assert "Type 1, or the word." in out.getvalue()


def test_sentences_are_translated_and_texts_of_files_are_not() -> None:
    hungarian = Translator("hu")
    out = StringIO()
    Talk(Console(StringIO(), out), hungarian).say("Done")
    assert out.getvalue() == "Done\n"


def test_a_clock_that_passes_while_nothing_is_typed_is_said_and_the_answer_still_taken() -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "r+b", buffering=0) as raw, os.fdopen(master, "r+b", buffering=0) as keys:
        out = StringIO()
        console = Console(TextIOWrapper(raw, encoding="utf-8"), out)

        class OneClock:
            waits: ClassVar[list[float | None]] = [0.0, None]

            def seconds(self) -> float | None:
                return self.waits.pop(0)

            def due(self) -> None:
                console.say("LIMIT PASSED")
                keys.write("kész\n".encode())

        assert console.read(watch=OneClock()) == "kész"
        assert out.getvalue() == "> \nLIMIT PASSED\n> "
