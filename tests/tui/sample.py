"""Sample items of every kind, as the account change has them."""

from datetime import UTC, datetime, timedelta

from sop_runner.base.message import msg
from sop_runner.run.views import Choice, Clock, ControlRow, Fact, ItemView, Prompt, Way

from .fake_desk import OTHERWISE, item

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

STEP = item(
    "open-ticket",
    title="Open the ticket",
    caution="Do not read any stored detail back to the caller, not even to be helpful.",
    do="Open the ticket, or create one. Ask what should change.",
    say="What would you like me to change on your account?",
)
RECORD = item(
    "change-request",
    "confirmation",
    evidence="record",
    title="Written change request",
    do="Write the request in the customer's own words before you touch the account.",
    prompts=(
        Prompt("ticket", "text", "Ticket number"),
        Prompt(
            "change", "choice", "What changes",
            choices=(Choice("postal-address", "postal address"), Choice("phone", "phone number"), Choice("email", "email address")),
        ),
        Prompt("new_value", "text", "New value", keep="erasable"),
        Prompt("recent_reset", "yes-no", "Password or factor reset in the last 7 days"),
        Prompt("account_value", "money", "Account value", currency="EUR", required=False),
    ),
    ways=(Way("done", msg("Write it down"), primary=True), OTHERWISE),
)  # fmt: skip
IDENTITY = item(
    "caller-identity",
    "confirmation",
    evidence="identity",
    title="Identity by two factors",
    caution="Do not say which factor was wrong. Do not help with the answer.",
    ask="Is the caller the account holder?",
    say="To protect your account I have to make sure that it is you. I will ask for two proofs.",
    prompts=(
        Prompt("passphrase", "factor", "Account passphrase", factor_kind="knowledge", secret=True),
        Prompt("code", "factor", "One-time code", factor_kind="possession", secret=True),
        Prompt("document", "factor", "Identity document shown at a branch", factor_kind="possession"),
    ),
    factors_needed=2,
    ways=(OTHERWISE,),
    clocks=(
        Clock("expect", "", T0, T0 + timedelta(minutes=2), False),
        Clock("limit", "", T0, T0 + timedelta(minutes=6), False),
    ),
)
CONSENT = item(
    "consent",
    "confirmation",
    evidence="statement",
    title="Consent",
    say="This is what I am about to change: email address. Do you agree?",
    statement="The customer heard what will change, and agreed.",
    ways=(Way("affirmed", msg("Affirmed")), Way("declined", msg("Declined")), OTHERWISE),
)
DECISION = item(
    "takeover-risk",
    "decision",
    title="Takeover risk",
    ask="Could this change be part of an account takeover?",
    ways=(
        Way("high", msg("Choose"), "High", needs_reason=True),
        Way("standard", msg("Choose"), "Standard", needs_reason=True),
    ),
)
SIGN_OFF = item(
    "supervisor-approval",
    "confirmation",
    evidence="sign_off",
    title="Approval by a supervisor",
    caution="Take the new value from the customer or the recording, never from the agent.",
    ask="Would you make this change?",
    by=("supervisor",),
    prompts=(Prompt("new_value", "typed", "New value"),),
    shows=(Fact("change", "What changes", "email address"), Fact("account_value", "Account value", "900 EUR")),
    factors_needed=2,
    signers_needed=1,
    reason_required=True,
    ways=(Way("approved", msg("Approve"), needs_reason=True), Way("declined", msg("Decline"), needs_reason=True), OTHERWISE),
)  # fmt: skip
LOG_REVIEW = item(
    "system-log",
    "confirmation",
    evidence="log_review",
    title="System operation log",
    do="Read the operation log of this account and attach the extract.",
    prompts=(
        Prompt("1", "check", "There is one update of the requested field, made by you."),
        Prompt("2", "check", "There is no other change to the account in this window."),
        Prompt("extract", "extract", "account system"),
    ),
    ways=(Way("done", msg("Complete the review"), primary=True), OTHERWISE),
)
READ_BACK = item(
    "read-back",
    "confirmation",
    evidence="read_back",
    title="Read back",
    ask="Which account is it?",
    prompts=(Prompt("account", "typed", "Account number"),),
    ways=(Way("done", msg("Compare"), primary=True),),
    words=(msg("The last {count} characters", count=4),),
)
CHECKLIST = item(
    "notify-customer",
    "checklist",
    title="Change notice",
    caution="The notice names what changed, never the old or the new value.",
    prompts=(
        Prompt(
            "notice-before", "item", "Was the notice sent to the details that were on file before this change?",
            choices=(Choice("done", "done"),), may_not_apply=True,
        ),
        Prompt("notice-after", "item", "Was the notice sent to the new details?",
               choices=(Choice("yes", "yes"), Choice("no", "no")), said_by="pilot"),
        Prompt("gauge", "integer", "Reading of the gauge", may_not_apply=True),
    ),
    ways=(Way("done", msg("Complete the checklist"), primary=True),),
)  # fmt: skip
APPLY = item(
    "apply-change", title="Make the change", do="Make this change: email address.", irreversible=True
)

WALK: tuple[ItemView, ...] = (
    STEP, RECORD, IDENTITY, CONSENT, DECISION, SIGN_OFF, APPLY, LOG_REVIEW, CHECKLIST, READ_BACK,
)  # fmt: skip

CONTROLS = tuple(
    ControlRow(
        name, name.replace("-", " "), f"Sentence about {name}.", state, True, False, None, ("change-request",)
    )
    for name, state in (
        ("written-record", "held"),
        ("two-factor-identity", "stale"),
        ("consent", "missing"),
        ("log-review", "missing"),
    )
)
