"""Which wording of a text a reader is shown."""

import pytest

from sop_runner.procedure.texts import Text


@pytest.mark.parametrize(
    ("written", "wanted", "shown"),
    [
        (["en", "hu"], "hu", "hu"),
        (["en", "hu-HU"], "hu", "hu-HU"),
        (["en", "hu"], "hu-HU", "hu"),
        (["en", "zh-CN", "zh-TW"], "zh-Hans", "zh-CN"),
        (["en", "zh-CN", "zh-TW"], "zh-Hant", "zh-TW"),
        (["en", "zh-Hans", "zh-Hant"], "zh-TW", "zh-Hant"),
        (["en", "zh-HK"], "zh-Hant", "zh-HK"),
        (["en", "zh-HK"], "zh-Hans", "en"),  # another script is another text
        (["en", "zh"], "zh-Hans", "zh"),
        (["de", "fr"], "hu", "de"),
        (["", "hu"], "zh-Hans", ""),
    ],
)
def test_the_nearest_wording_is_shown(written: list[str], wanted: str, shown: str) -> None:
    text = Text(tuple((locale, f"in {locale}") for locale in written))
    assert text.get(wanted, "en") == f"in {shown}"
