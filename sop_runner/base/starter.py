"""The `sop.toml` that a new desk starts with: what can be set, said where it is set."""

import json

_TEXT = """\
# Settings of this desk. Everything here may be left out; what is not known is reported.

name = {name}
language = {language} # of the interface: en, zh-Hans, zh-Hant, hu
timezone = {timezone} # times without an offset are in this zone
theme = "default" # or high-contrast, ascii

# Where the audit log lives. Without a url: the file desk.db in this folder.
[store]
# url = "postgresql://host/name"

# The key that reviewers pin, as 'sop init' printed it.
[audit]
# verifier_key = "name+hash+key"

# Business days, for procedures that count them.
[calendar]
weekend = ["saturday", "sunday"]
holidays = [] # such as 2026-12-25
workdays = [] # weekend days that are worked all the same

# Factors that a procedure names, and the module that checks each: passphrase, one_time_code,
# totp, document, call_back, knowledge, attested.
[factors]
# account-passphrase = "passphrase"

# How long a ticket of each priority may take (s, m, h, d).
[service_levels]
urgent = "2h"
normal = "24h"
inquiry = "48h"
high = "1h"
middle = "4h"
low = "24h"
"""


def starter_settings(name: str, language: str = "en", timezone: str = "UTC") -> str:
    """The text of a new `sop.toml`, which reads without a finding."""
    values = {"name": name, "language": language, "timezone": timezone}
    return _TEXT.format(**{key: json.dumps(value, ensure_ascii=False) for key, value in values.items()})
