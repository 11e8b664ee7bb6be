"""Secrets: a field that looks like one is never kept."""

import re
from collections.abc import Iterator

from ..fields import FieldRules
from ..place import Problem
from ..walks import FieldPlace, fields
from .context import Context

# Only what can hold a typed secret: "password reset in the last 7 days" is a yes-no and no secret.
_TYPEABLE = frozenset({"text", "integer", "number"})

_WORDS = r"""
    \b cv[vc] [0-9]? \b | \b (card[ ])? security[ ]code s? \b | \b card[ ]verification
  | \b pass[ ]?(word|phrase|code) s? \b (?! [ ](reset|change|policy|rule|expir|age\b)) | \b passwd \b | \b pwd \b | \b pin s? \b | \b pin[ ]?(code|number) s? \b
  | \b otp s? \b | \b totp \b | \b one[ ]time[ ](code|password|passcode|pin) s? \b | \b verification[ ]code s? \b
  | \b mfa[ ]code \b | \b 2fa[ ]code \b | \b sms[ ]code \b | \b authenticator[ ]code \b
  | 密码 | 密碼 | 口令 | 通關密語 | 验证码 | 驗證碼 | 安全码 | 安全碼 | 校验码 | 检查码 | 卡背面
  | jelsz[oó] | jelmondat | \b pin[ ]?kód | biztonsági[ ]kód | egyszer[ ]használatos[ ]kód | ellenőrző[ ]kód
  | egyszeri[ ]kód | érvényesítési[ ]kód
"""
_SECRET = re.compile(_WORDS, re.VERBOSE | re.IGNORECASE)


def looks_secret(label: str) -> bool:
    """Whether a label or a name reads like a card security code, a password or a one-time code."""
    words = re.sub(r"[_\-./\s]+", " ", label)
    # camelCase as words
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", words)
    return bool(_SECRET.search(words))


def secrets_forgotten(context: Context) -> Iterator[Problem]:
    """Such a field has `keep: never`."""
    for place in fields(context.procedure):
        if place.rules.keep == "never" or place.rules.type not in _TYPEABLE:
            continue
        if word := next((text for text in _labels(place) if looks_secret(text)), None):
            path = (*place.path, "keep") if "keep" in place.rules.model_fields_set else place.path
            name = place.name or place.item or word
            yield Problem(
                "SOP218",
                f"the field '{name}' looks like a secret ('{word}') and is kept as '{place.rules.keep}'",
                path,
                "write keep: never",
                about=name,
            )


def _labels(place: FieldPlace) -> Iterator[str]:
    rules: FieldRules = place.rules
    for name in (place.name, place.item):
        if name is not None:
            yield name
    if rules.label is not None:
        for _, text in rules.label.by_locale:
            yield text


CHECKS = (secrets_forgotten,)
