"""The `sop.toml` that a new desk starts with: what can be set, said where it is set."""

import json

from .errors import UsageError
from .settings import parse_settings
from .textsafe import visible

_TEXT = """\
# Settings of this desk. Everything here may be left out; what is not known is reported.

name = {name}
language = {language} # of the interface: en, zh-Hans, zh-Hant, hu
timezone = {timezone} # times without an offset are in this zone
theme = "default" # or high-contrast, ascii

# What reviewers pin; hand it to them by another way than this folder.
[audit]
{key}

# Copies of the log's head outside this folder: placed when a ticket closes and by 'sop audit anchor', and
# demanded by 'sop audit verify'. Each is optional.
# [anchors]
# folder = "/mnt/other-disk/heads"
# git = {{repository = "/srv/heads.git", remote = "origin"}} # remote may be left out
# witness = [{{url = "https://witness.example/", key = "name+hash+key"}}]
# timestamp = {{url = "https://tsa.example/", certificates = "tsa.pem"}}

# Where the audit log and personal values live. Without a url: in files in this folder.
{store}

# Whose people approve procedures, by their role at this desk.
# [approval]
# role = "approver"

# Business days, for procedures that count them.
# [calendar]
# weekend = ["saturday", "sunday"]
# holidays = [2026-12-25]
# workdays = [] # weekend days that are worked all the same

# Factors of customers that a procedure names, and what checks each: attested (the agent compares with
# your customer system, and it goes on record as their word), or passphrase, one_time_code, totp,
# document, call_back, knowledge, which need a customer file.
# [factors]
# account-passphrase = "attested"

# How long a ticket of each priority may take (s, m, h, d).
# [service_levels]
# urgent = "2h"
# normal = "24h"
# inquiry = "48h"
# high = "1h"
# middle = "4h"
# low = "24h"
"""


def starter_settings(
    name: str, language: str = "en", timezone: str = "UTC", key: str = "", store: str = ""
) -> str:
    """The text of a new `sop.toml`, which reads without a finding.

    `key` is the verifier key that 'sop init' prints, `store` the address of a database. Raises UsageError for a value that no desk could have.
    """
    pinned = f"verifier_key = {_toml(key)}" if key else '# verifier_key = "name+hash+key"'
    kept = (
        f"[store]\nurl = {_toml(store)}" if store else '# [store]\n# url = "postgresql://sop_desk@host/name"'
    )
    values = {
        "name": _toml(name),
        "language": _toml(language),
        "timezone": _toml(timezone),
        "key": pinned,
        "store": kept,
    }
    text = _TEXT.format(**values)
    if not _encodes(text):
        raise UsageError(f"'{visible(name, lines=False)}' is no name: it holds half a character")
    for finding in parse_settings(text)[1]:
        raise UsageError(visible(finding.message, lines=False), hint=finding.fix)
    return text


def _toml(text: str) -> str:
    # A JSON text is a TOML text, once the one character that TOML does not allow is escaped. JSON's
    # escapes of characters past U+FFFF are none of TOML's, so these are written as they are.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
