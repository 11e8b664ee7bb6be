"""The parser's errors as sentences an author can act on."""

import re

from yaml.error import MarkedYAMLError

from sop_runner.procedure.yaml_subset.brackets import QUOTE, open_bracket
from sop_runner.procedure.yaml_subset.case import Case, Cause
from sop_runner.procedure.yaml_subset.characters import LOOK_ALIKE_SPACES
from sop_runner.procedure.yaml_subset.frames import Tree
from sop_runner.procedure.yaml_subset.report import Lines, shown

_GLUED = re.compile(r"(?:- +)*([\w.-]+):(?=\S)")
_ODD_SPACE = re.compile(rf"(?:- +)*[\w.-]+:([{LOOK_ALIKE_SPACES}]+)")
_WIDE = re.compile(r"(?:- +)*([\w.-]+)：")
_ODD_DASH = re.compile(r" *([\u2010-\u2015\u2022\u2212\uff0d])\s+([\w-]+):\s")
_NUMBERED = re.compile(r"\\([xuU])([0-9a-fA-F]*)")


def explain(lines: Lines, tree: Tree) -> Cause:
    """The cause of the error that stopped `tree`."""
    error = tree.error
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Cause(0, "the text cannot be read as YAML", "check quotes, brackets and indentation")
    case = Case(lines, tree, error)
    for words, sentence in _SENTENCES:
        if words in case.words:
            return sentence(case)
    return _unexpected(case)


def _colon(case: Case) -> Cause:
    """`mapping values are not allowed`: a colon where no key can be."""
    last = case.last
    if last.kind == "scalar" and last.end == case.at:
        start = last.start
        if case.line(start) < case.line(case.at):
            return _swallowed(case, start)
        if last.style:
            fix = f'{QUOTE}: inside double quotes write \\" for a quote'
            return Cause(case.at, "there is text after the closing quote", fix, related=start)
    message = f"': ' inside the unquoted text of '{case.name(case.at)}' would begin another value"
    return Cause(case.at, message, QUOTE, patch=(case.at, "_"))


def _swallowed(case: Case, start: int) -> Cause:
    """An unquoted text that ran on into the line of a key."""
    end = case.lines.end_of(start)
    patch = (start, "#")  # makes a comment of the line that has no key
    if case.lines.text[start] not in "\"'":
        if wide := _WIDE.match(case.text, start, end):
            message = f"the colon after '{shown(wide.group(1))}' is full-width (：), expected ': '"
            fix = "type an ordinary colon and a space"
            return Cause(wide.end() - 1, message, fix, patch=patch, code="SOP113")
        if glued := _GLUED.match(case.text, start, end):
            message = f"there is no space after the colon of '{shown(glued.group(1))}', expected ': '"
            return Cause(glued.end() - 1, message, "put a space after the colon", patch=patch)
    line = case.lines.start_of(start)
    if dash := _ODD_DASH.match(case.text, line, start):
        char, at = dash.group(1), dash.start(1)
        message = f"'{char}' (U+{ord(char):04X}) is no hyphen, expected '- ' before '{dash.group(2)}'"
        return Cause(at, message, "type an ordinary hyphen and a space", patch=(at, "-"))
    before = case.text[line:start]
    if not before.replace("- ", "").strip(" "):
        length = end - start
        message = f"'{case.name(start)}' has no colon, expected 'key: value'"
        return Cause(start, message, "write the key and a colon before it, or join it to the text above",
                     length=length, patch=patch)  # fmt: skip
    begin = case.lines.start_of(case.at) + case.indent(case.at)
    message = f"'{case.name(case.at)}' is indented under '{shown(before.strip())}', which already has a value"
    fix = "indent both lines alike, or remove the value above"
    return Cause(begin, message, fix, related=start)


def _no_colon(case: Case) -> Cause:
    """`could not find expected ':'`: a line among keys that is no key."""
    index = case.at if case.context is None else case.context
    if glued := _GLUED.match(case.text, index, case.lines.end_of(index)):
        message = f"there is no space after the colon of '{shown(glued.group(1))}', expected ': '"
        return Cause(glued.end() - 1, message, "put a space after the colon", patch=(index, "#"))
    if wide := _WIDE.match(case.text, index, case.lines.end_of(index)):
        message = f"the colon after '{shown(wide.group(1))}' is full-width (：), expected ': '"
        fix = "type an ordinary colon and a space"
        return Cause(wide.end() - 1, message, fix, patch=(index, "#"), code="SOP113")
    if odd := _ODD_SPACE.match(case.text, index, case.lines.end_of(index)):
        message = f"U+{ord(odd.group(1)[0]):04X} looks like a space but is a letter to YAML"
        fix = "type an ordinary space, or put the text in quotes"
        length = len(odd.group(1))
        return Cause(odd.start(1), message, fix, length, patch=(index, "#"), code="SOP115")
    if re.match(r"-[^\s-]", case.text[index : index + 2]):
        message = f"there is no space after the dash of '{case.name(index)}', expected '- '"
        return Cause(index, message, "put a space after the dash", patch=(index, "#"))
    message = f"'{case.name(index)}' has no colon, expected 'key: value'"
    fix = "add ': ' and a value, or indent the line under the text it continues"
    length = case.lines.end_of(index) - index
    return Cause(index, message, fix, length=length, patch=(index, "#"))


def _open_quote(case: Case) -> Cause:
    index = case.at if case.context is None else case.context
    char = case.text[index : index + 1]
    message = f"the quote {char} that opens '{case.name(index)}' is never closed"
    return Cause(index, message, f"add {char} at the end of the text")


def _node(case: Case) -> Cause:
    """`expected node content`: a sign where a value should begin."""
    if case.opened is not None:
        return open_bracket(case)
    if case.char in ("]", "}"):
        return _closing(case)
    message = f"a text cannot begin with '{shown(case.char)}' unless it is quoted"
    return Cause(case.at, message, QUOTE)


def _closing(case: Case) -> Cause:
    message = f"'{case.char}' closes a bracket that is not open"
    return Cause(case.at, message, f"remove '{case.char}', or put the text in quotes")


def _first_character(case: Case) -> Cause:
    if case.char == "\t":
        return _tab(case)
    message = f"a text cannot begin with '{shown(case.char)}' unless it is quoted"
    return Cause(case.at, message, QUOTE, patch=(case.at, "_"))


def _tab(case: Case) -> Cause:
    at = case.text.find("\t", case.at)
    at = case.at if at < 0 else at
    message = "a tab indents this line, expected spaces"
    return Cause(at, message, "replace the tab with spaces", patch=(at, "#"), code="SOP114")


def _dash(case: Case) -> Cause:
    message = (
        f"the list begins on the line of its key in '{case.name(case.at)}', expected it on the next line"
    )
    return Cause(case.at, message, "begin the list on a line of its own; quote a text that begins with '- '")


def _explicit(case: Case) -> Cause:
    return Cause(case.at, "a text cannot begin with '? ' unless it is quoted", QUOTE, patch=(case.at, "_"))


def _reference(case: Case) -> Cause:
    index = case.at if case.context is None else case.context
    char = shown(case.text[index : index + 1])
    message = f"a text cannot begin with '{char}' unless it is quoted"
    return Cause(index, message, QUOTE, patch=(index, "_"))


def _header(case: Case) -> Cause:
    index = case.at if case.context is None else case.context
    char = case.text[index : index + 1]
    message = f"text follows '{char}' on its line, expected the text on the next lines"
    return Cause(case.at, message, f"begin the text on the next line; quote a text that begins with '{char}'")


def _escape(case: Case) -> Cause:
    index = case.text.rfind("\\", 0, case.at + 1)
    index = case.at if index < 0 else index
    written = shown(case.text[index : index + 2])
    if number := _NUMBERED.match(case.text, index):
        kind, digits = number.groups()
        need = {"x": 2, "u": 4, "U": 8}[kind]
        if len(digits) < need:
            message = f"'{written}' is followed by {len(digits)} hexadecimal digits, expected {need}"
            fix = "write all of them, or \\\\ for a backslash"
        else:
            message = f"'{written}{digits[:need]}' stands for no character"
            fix = "write the character itself, or \\\\ for a backslash"
        length = 2 + min(len(digits), need)
        return Cause(index, message, fix, length, patch=(index, "/"))
    message = f"'{written}' is no escape that double quotes know"
    return Cause(index, message, "write \\\\ for a backslash, or use single quotes", 2, patch=(index, "/"))


def _separator(case: Case) -> Cause:
    cause = _open_quote(case)
    return Cause(cause.index, cause.message, cause.fix, related=case.at)


def _unexpected(case: Case) -> Cause:
    """What cannot stand where it does: after a quoted text, or at a wrong depth."""
    last = case.last
    if case.follows_on_line():
        if last.kind == "scalar" and last.style in ("'", '"'):
            message = f"there is text after the closing quote in '{case.name(case.at)}'"
            advice = (
                "write '' for an apostrophe inside single quotes" if last.style == "'" else 'write \\" inside'
            )
            fix = f"{QUOTE}; {advice}, or use the other kind of quotes"
            return Cause(case.at, message, fix, related=last.start)
        if case.char in ("]", "}"):
            return _closing(case)
        if last.kind == "end" and case.text[last.end - 1 : last.end] in ("]", "}"):
            message = f"there is text after the closing bracket in '{case.name(case.at)}'"
            fix = f"{QUOTE} when it begins with [ or {{"
            return Cause(case.at, message, fix, within=_opening(case.text, last.end - 1))
        if last.kind == "alias":
            message = f"a text cannot begin with '*' unless it is quoted: '{case.name(case.at)}'"
            return Cause(last.start, message, QUOTE)
    if case.begins_line(case.at) and (cut := _comment_before(case)):
        return cut
    found = case.indent(case.at)
    message = f"'{case.name(case.at)}' is indented by {found}, which fits no line above it"
    fix = "indent it like the line it belongs with"
    related = case.context
    if related is not None and case.line(related) != case.line(case.at):
        expected = case.lines.position(related).column - 1
        if expected != found:
            message += f"; '{case.name(related)}' is indented by {expected}"
        else:
            message = f"'{case.name(case.at)}' does not continue '{case.name(related)}': a list item needs '- ', a key a colon"
            fix = "begin it with '- ', or with a key and a colon, or indent it as part of the item above"
    return Cause(case.at, message, fix, related=related)


def _opening(text: str, closing: int) -> int:
    """Where the bracket opens that closes at `closing`, as an eye would find it."""
    close = text[closing]
    opens, depth = {"]": "[", "}": "{"}[close], 0
    for index in range(closing, -1, -1):
        depth += (text[index] == close) - (text[index] == opens)
        if depth == 0:
            return index
    return closing


def _comment_before(case: Case) -> Cause | None:
    """A comment above that ended an unquoted text of several lines."""
    last = case.last
    if last.kind != "scalar" or last.style:
        return None
    between = case.text[last.end : case.at]
    if not re.match(r"\s+#", between) or case.indent(case.at) <= case.indent(last.start):
        return None
    at = last.end + between.index("#")
    message = f"this comment ends the text '{shown(last.value)}', which goes on below"
    return Cause(at, message, "put the whole text in quotes, or move the comment", related=case.at)


# In the words of libyaml and of the parser in Python; the first that is found is taken.
_SENTENCES = (
    ("mapping values are not allowed", _colon),
    ("could not find expected ':'", _no_colon),
    ("tab character", _tab),
    ("found unexpected end of stream", _open_quote),
    ("found unexpected document", _separator),
    ("cannot start any token", _first_character),
    ("sequence entries are not allowed", _dash),
    ("mapping keys are not allowed", _explicit),
    ("scanning an alias", _reference),
    ("scanning an anchor", _reference),
    ("a tag", _reference),
    ("tag handle", _reference),
    ("scanning a block scalar", _header),
    ("escape", _escape),
    ("hexdecimal", _escape),
    ("quoted scalar", _escape),
    ("flow mapping", open_bracket),
    ("flow sequence", open_bracket),
    ("node content", _node),
)
