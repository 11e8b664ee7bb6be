"""How nearly every body looks: the keys in their order, texts without anything escaped, evidence between them."""

import re

VERSION = 1
"""Of a body that this program writes and reads."""
_TEXT = '"([^"]*+)"'
_OR_NONE = f"(?:null|{_TEXT})"
_NUMBER = "(0|[1-9][0-9]{0,14})"  # below 2^53
_BEGINS = rf'\{{"actor":{_OR_NONE}'
_PLACE = rf'{_OR_NONE},"at":{_OR_NONE},"evidence":'
_BEHIND = (
    rf'([^"]*+)","log":{_TEXT},"outcome":{_OR_NONE},"prev":{_TEXT},"procedure":(?:null|(\{{[^}}]*+\}})),'
    rf'"reason":{_OR_NONE},"role":{_OR_NONE},"run":{_OR_NONE},"run_prev":{_OR_NONE},"run_seq":(?:null|{_NUMBER}),'
    rf'"seq":{_NUMBER},"to":{_OR_NONE},"ts":\{{"boot":{_TEXT},"mono_ns":{_TEXT},"wall":{_TEXT}\}},"type":{_TEXT},'
    rf'"v":{VERSION}\}}'
)
look = re.compile(rf'{_BEGINS},"arrow":{_PLACE}(\[[^\]]*+(?:\][^\]]*+)*?\]),"key":"{_BEHIND}').fullmatch
"""Matches the text of such a body: its values by the order of their keys, `ts` as three; numbers, evidence and procedure as text.

Only where `stands_for_itself` says that nothing in it is escaped.
"""
begins, head, behind = (re.compile(part).fullmatch for part in (_BEGINS, _PLACE + r"(\[.*)", _BEHIND))
"""The same for its parts: up to `,"arrow":`, from there up to `],"key":"`, and what comes behind that."""
# What a text that stands for itself in canonical form does not hold: turned into something else by this table.
_ODD = bytes(0x7F if byte < 0x20 or byte == 0x5C else byte for byte in range(256))


def stands_for_itself(body: bytes) -> bool:
    """Whether no text in a body is escaped, or should be."""
    return body.translate(_ODD) == body
