"""Which labels read like secrets, in the languages of the product, and which only mention one."""

import pytest

from sop_runner.procedure.checks.secrets import looks_secret


@pytest.mark.parametrize(
    "label",
    [
        "Card security code", "CVV", "cvc2", "card_cvv", "cardCvv", "Password", "pass phrase", "Passcodes", "PIN", "pin_code",
        "PIN-kód", "OTP", "One-time code", "one_time_password", "SMS code", "Verification code", "密码", "一次性验证码",
        "安全碼", "信用卡安全碼", "Jelszó", "jelszo", "Számla jelmondata", "Biztonsági kód", "Egyszer használatos kód",
    ],
)  # fmt: skip
def test_secrets(label: str) -> None:
    assert looks_secret(label)


@pytest.mark.parametrize(
    "label",
    [
        "Shipping address", "Opinion", "Spinning", "Postal code", "Country code", "Passport number", "Customer number",
        "Password reset asked for by", "Codec", "Compass", "Account value", "客户编号", "Ügyfélszám", "Irányítószám",
        "Captcha shown", "Bypass", "Top-up amount", "Option",
    ],
)  # fmt: skip
def test_no_secrets(label: str) -> None:
    assert not looks_secret(label)
