"""A time in the audit log has one form."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_runner.base.clock import parse_utc, utc_text


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])))
def test_what_is_written_is_read_back(moment: datetime) -> None:
    try:
        text = utc_text(moment)
    except OverflowError:
        return  # the first hours of the year 1, or the last of 9999, elsewhere
    assert parse_utc(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-26T10:28:56.169120",
        "2026-11-26T10:28:56Z",
        "2026-11-26T10:28:56.16912Z",
        "2026-11-26T10:28:56,169120Z",
        "2026-11-26 10:28:56.169120Z",
        "2026-11-26T10:28:56.169120z",
        "2026-11-26T10:28:56.169120+00:00",
        "2026-11-26T10:28:56.1691+0Z",
        "2026-W48-4T10:28:56.169120Z",
        "2026-11-31T10:28:56.169120Z",
        "2026-11-26T24:00:00.000000Z",
        "\u0662\u0660\u0662\u0666-11-26T10:28:56.169120Z",
        "",
    ],
)
def test_no_other_form_is_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|isoformat|day|hour"):
        parse_utc(text)
