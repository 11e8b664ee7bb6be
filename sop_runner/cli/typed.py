"""What is wrong with a command line: what was typed, what would be right, and an example of it."""

from typing import Any

import typer

_KINDS = {"int": "a whole number", "float": "a number"}


def told(error: typer.TyperException) -> str:
    """The sentence about it and what to do next; where nothing was typed at all, the help."""
    words = error.format_message()
    if words.startswith("Usage: "):
        return words
    context: Any = getattr(error, "ctx", None)
    param: Any = getattr(error, "param", None)
    shown = "" if param is None else _example(context.command.epilog or "", param)
    path = "sop" if context is None else context.command_path
    command = "'sop --help' and 'sop COMMAND --help' say" if path == "sop" else f"'{path} --help' says"
    hint = f"Such as: {shown}" if shown else f"{command} what there is."
    return f"sop: {_number(error.message, param) or words}\n     {hint}"


def _number(message: str, param: Any) -> str:
    """Which number is asked for, where what was typed is none that will do; else nothing."""
    typed, said, _ = message.partition(" is not ")
    kind = _KINDS.get(param.type.name.partition(" ")[0]) if param is not None and said else None
    if kind is None:
        return ""
    least, most = getattr(param.type, "min", None), getattr(param.type, "max", None)
    ends = f" from {least} on" if most is None else f" from {least} to {most}"
    name = param.opts[0] if param.opts[0].startswith("-") else param.human_readable_name
    return f"'{name}' is {typed.strip(chr(39))!r}, expected {kind}{'' if least is None else ends}"


def _example(epilog: str, param: Any) -> str:
    """A line of the command's help that shows what was wrong, the first one where none does."""
    lines = epilog.partition("Example:\n")[2].splitlines()
    return next((one for one in lines if {*param.opts} & {*one.split()}), lines[0] if lines else "").strip()
