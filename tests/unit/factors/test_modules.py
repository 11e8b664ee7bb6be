from datetime import timedelta

import pytest

from sop_runner.base.errors import UsageError
from sop_runner.factors.attested import attestation
from sop_runner.factors.port import Challenge, FactorModule, FactorResult, Kind, Unavailable, Why
from sop_runner.factors.registry import MODULE_NAMES, make_registry
from sop_runner.factors.sample import SampleCustomers
from tests.unit.factors.desk_for_factors import CUSTOMERS, NOW, PHRASE, TOKEN, Parts, open_parts, token_code

KINDS: dict[str, Kind] = {
    "account-passphrase": "knowledge",
    "authenticator-app": "possession",
    "branch-id-document": "possession",
    "recent-activity": "knowledge",
}


def begun(
    parts: Parts, factor: str, subject: str = "C-1001", **options: str
) -> tuple[FactorModule, Challenge]:
    module = parts.registry.find(factor, KINDS[factor])
    challenge = module.begin(subject, options, NOW)
    assert isinstance(challenge, Challenge)
    assert (challenge.factor, challenge.kind) == (factor, KINDS[factor])
    return module, challenge


def answer(parts: Parts, factor: str, typed: str, **options: str) -> FactorResult:
    module, challenge = begun(parts, factor, **options)
    return module.check("C-1001", challenge, typed, NOW)


@pytest.mark.parametrize(
    ("factor", "typed"),
    [
        ("account-passphrase", PHRASE),
        ("account-passphrase", "  blue LANTERNS  over gyo\u030br"),
        ("authenticator-app", token_code(NOW)),
        ("authenticator-app", token_code(NOW - timedelta(seconds=30))),
        ("branch-id-document", "42ke"),
        ("branch-id-document", "４２ KE"),
        ("branch-id-document", "9917"),
        ("recent-activity", "20 Euros."),
        ("recent-activity", "２０"),
    ],
)
def test_right_answers(parts: Parts, factor: str, typed: str) -> None:
    result = answer(parts, factor, typed)
    assert (result.right, result.why) == (True, Why.RIGHT)
    assert typed.strip() not in repr(result)


@pytest.mark.parametrize(
    ("factor", "typed"),
    [
        ("account-passphrase", "blue lanterns"),
        ("account-passphrase", ""),
        ("authenticator-app", token_code(NOW + timedelta(minutes=2))),
        ("authenticator-app", ""),
        ("branch-id-document", "42K"),
        ("branch-id-document", "0042KE"),
        ("recent-activity", "Teréz"),
        ("recent-activity", ""),
        ("recent-activity", "\udc9b\x00"),
    ],
)
def test_wrong_answers(parts: Parts, factor: str, typed: str) -> None:
    result = answer(parts, factor, typed)
    assert (result.right, result.why, result.ref) == (False, Why.WRONG, "")


def test_a_token_code_counts_once_over_openings(parts: Parts) -> None:
    first = answer(parts, "authenticator-app", token_code(NOW))
    second = answer(open_parts(parts.folder), "authenticator-app", token_code(NOW))
    assert first.right
    assert (second.right, second.why, second.ref) == (False, Why.USED, first.ref)


def test_what_may_be_used_again_has_no_ref(parts: Parts) -> None:
    assert answer(parts, "account-passphrase", PHRASE).ref == ""
    assert answer(parts, "account-passphrase", PHRASE).right


def test_the_named_document_is_the_one_that_counts(parts: Parts) -> None:
    assert not answer(parts, "branch-id-document", "9917", document="id-card").right
    result = answer(parts, "branch-id-document", "9917", document="passport")
    assert result.right
    assert result.seen == "passport"


def test_the_question_is_recent_and_shown_as_it_stands(parts: Parts) -> None:
    for _ in range(8):
        _, challenge = begun(parts, "recent-activity")
        assert str(challenge.say) == "What did you top up last week?"


@pytest.mark.parametrize(
    ("subject", "options"),
    [("C-1001", {"question": "mother"}), ("C-3003", {}), ("C-3003", {"question": "old"})],
)
def test_security_questions_and_old_activity_are_no_factor(
    parts: Parts, subject: str, options: dict[str, str]
) -> None:
    refused = parts.registry.find("recent-activity", "knowledge").begin(subject, options, NOW)
    assert isinstance(refused, Unavailable)
    assert refused.why is Why.NO_FACTOR


def test_a_question_asked_by_a_forged_challenge_is_not_answered(parts: Parts) -> None:
    module = parts.registry.find("recent-activity", "knowledge")
    forged = Challenge("recent-activity", "knowledge", "C-1001", id="mother")
    assert not module.check("C-1001", forged, "Teréz", NOW).right


@pytest.mark.parametrize("factor", [*KINDS, "one-time-code", "call-back"])
def test_an_unknown_customer_is_refused_by_name(parts: Parts, factor: str) -> None:
    module = parts.registry.find(factor, KINDS.get(factor, "possession"))
    refused = module.begin("C-9999", {}, NOW)
    assert isinstance(refused, Unavailable)
    assert refused.why is Why.UNKNOWN_CUSTOMER
    assert "'C-9999'" in str(refused.note)
    result = module.check("C-9999", Challenge(factor, "", "C-9999"), "x", NOW)
    assert (result.right, result.why) == (False, Why.UNKNOWN_CUSTOMER)


@pytest.mark.parametrize("factor", list(KINDS))
def test_what_was_never_set_up_is_said(parts: Parts, factor: str) -> None:
    module = parts.registry.find(factor, KINDS[factor])
    refused = module.begin("C-2002", {}, NOW)
    assert isinstance(refused, Unavailable)
    assert refused.why is Why.NOT_ON_FILE
    assert not module.check("C-2002", Challenge(factor, "", "C-2002"), "", NOW).right


@pytest.mark.parametrize("factor", list(KINDS))
def test_guessing_slows_down_and_locks(parts: Parts, factor: str) -> None:
    module, challenge = begun(parts, factor)
    whys = [module.check("C-1001", challenge, "no", NOW).why for _ in range(4)]
    assert whys == [Why.WRONG] * 3 + [Why.WAIT]
    for hour in range(1, 8):
        module.check("C-1001", challenge, "no", NOW + timedelta(hours=hour))
    assert module.check("C-1001", challenge, "no", NOW + timedelta(days=1)).why is Why.LOCKED


def test_an_authors_own_factor_is_attested(parts: Parts) -> None:
    module = parts.registry.find("voice-print", "inherence")
    challenge = module.begin("C-1001", {}, NOW)
    assert isinstance(challenge, Challenge)
    assert (challenge.answer, challenge.kind) == ("attest", "inherence")
    result = module.check("C-1001", challenge, attestation(True, "score 0.98\non screen"), NOW)
    assert (result.right, result.seen) == (True, "score 0.98\non screen")
    denied = module.check("C-1001", challenge, attestation(False, "score 0.2"), NOW)
    assert (denied.right, denied.seen) == (False, "score 0.2")
    for bare in ("", "right", "right\n  ", "yes\nseen", attestation(True, "x" * 501)):
        assert not module.check("C-1001", challenge, bare, NOW).right


@pytest.mark.parametrize("factor", ["security-question", "security-questions-2", "email-code", "e-mail-link"])
@pytest.mark.parametrize("kind", ["knowledge", "possession"])
def test_what_proves_nothing_never_begins(parts: Parts, factor: str, kind: Kind) -> None:
    module = parts.registry.find(factor, kind)
    refused = module.begin("C-1001", {}, NOW)
    assert isinstance(refused, Unavailable)
    assert refused.why is Why.NO_FACTOR
    assert not module.check("C-1001", Challenge(factor, kind, "C-1001"), attestation(True, "seen"), NOW).right


def test_two_knowledge_questions_never_make_two_kinds(parts: Parts) -> None:
    refused = parts.registry.find("account-passphrase", "possession").begin("C-1001", {}, NOW)
    assert isinstance(refused, Unavailable)
    assert "proves knowledge" in str(refused.note)


def test_a_desk_without_a_customer_file_says_so_and_has_the_rest_attested(parts: Parts) -> None:
    customers, mapping = SampleCustomers(parts.folder / "customers.json"), {"id-document": "attested"}
    ports = (customers, parts.inbox, parts.tries, parts.box)
    registry = make_registry(*ports, mapping, customer_file=False)
    refused = registry.find("account-passphrase", "knowledge").begin("C-1001", {}, NOW)
    assert isinstance(refused, Unavailable)
    assert refused.why is Why.UNKNOWN_CUSTOMER
    assert "no customer file to check 'account-passphrase' against" in str(refused.note)
    assert isinstance(registry.find("id-document", "possession").begin("C-1001", {}, NOW), Challenge)


def test_the_desk_maps_names_to_modules(parts: Parts) -> None:
    customers = SampleCustomers(parts.folder / "customers.json")
    mapping = {"kennwort": "passphrase", "pin-by-sms": "one-time-code", "id-document": "attested"}
    registry = make_registry(customers, parts.inbox, parts.tries, parts.box, mapping)
    challenge = registry.find("kennwort", "knowledge").begin("C-1001", {}, NOW)
    assert isinstance(challenge, Challenge)
    assert challenge.secret
    assert isinstance(registry.find("pin-by-sms", "possession").begin("C-1001", {}, NOW), Challenge)
    own = registry.find("id-document", "possession").begin("C-1001", {}, NOW)
    assert isinstance(own, Challenge)
    assert own.answer == "attest"
    with pytest.raises(UsageError, match="is no factor module") as refusal:
        make_registry(customers, parts.inbox, parts.tries, parts.box, {"a": "pasphrase"})
    assert str(refusal.value.hint) == "Did you mean 'passphrase'?"
    assert {module.name for module in registry.modules} == set(MODULE_NAMES)


def test_customers_are_found_by_ticket_and_in_any_width(parts: Parts) -> None:
    customers = SampleCustomers(parts.folder / "customers.json")
    for key in ("C-1001", "c-1001", "Ｃ-１００１", "CR-000123"):
        found = customers.find(key)
        assert found is not None
        assert found.id == "C-1001"
    assert customers.find("") is None


def test_no_secret_lies_in_the_files_or_shows_in_a_repr(parts: Parts) -> None:
    answer(parts, "account-passphrase", PHRASE)
    answer(parts, "authenticator-app", token_code(NOW))
    answer(parts, "recent-activity", "20 euros")
    secrets = [
        PHRASE,
        PHRASE.casefold(),
        TOKEN,
        token_code(NOW),
        "42KE",
        "42ke",
        "20 euros",
        "Teréz",
        "teréz",
    ]
    for name in ("customers.json", "factors.db", "people.key"):
        content = (parts.folder / name).read_bytes()
        assert (parts.folder / name).stat().st_mode & 0o077 == 0
        for secret in secrets:
            assert secret.encode() not in content, name
            assert secret.encode("unicode_escape") not in content, name
    customer = SampleCustomers(parts.folder / "customers.json").find("C-1001")
    assert customer is not None
    shown = repr(customer) + repr(CUSTOMERS)
    for secret in [*secrets, customer.passphrase, customer.token, "555 0142", "kata@example.org"]:
        assert secret not in shown


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"customers": [{"id": "x"}]}', '{"customers": 3}'])
def test_a_damaged_customer_file_is_named(parts: Parts, content: str) -> None:
    path = parts.folder / "customers.json"
    path.write_text(content)
    with pytest.raises(UsageError, match="is no sample customer file"):
        SampleCustomers(path)
