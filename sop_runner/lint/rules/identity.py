"""Identity: proofs that prove less than they seem to (NIST SP 800-63B-4)."""

import re
from collections.abc import Iterator

from sop_runner.base.finding import Severity
from sop_runner.lint.rule import Rule, own
from sop_runner.lint.subject import Subject
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.evidence import Factor, Identity
from sop_runner.procedure.model import Path, Procedure, walk
from sop_runner.procedure.nodes import Call, Confirmation
from sop_runner.procedure.place import Problem
from sop_runner.procedure.walks import FieldPlace, fields

MOST_ATTEMPTS = 10

_EMAIL = re.compile(r"\be[-_ ]?mail|\bmailbox\b|邮件|郵件|邮箱|郵箱|電郵|电邮|\bwebmail", re.IGNORECASE)
_KNOWN = re.compile(
    r"pass(?:word|phrase|code)|\bpin\b|question|birth|maiden|\bsecret\b|knowledge|密码|密碼|口令|通關密語|jelsz|jelmondat|kérdés",
    re.IGNORECASE,
)
_SENT = re.compile(r"one[-_ ]?time|\botp\b|\bsms\b|text[-_ ]?message|call[-_ ]?back", re.IGNORECASE)
_CONTACTS = re.compile(r"e[-_]?mail|phone|mobile|\bsms\b|\bcell\b|address|contact", re.IGNORECASE)
_CHANGES = re.compile(r"(?:^|_)(?:new|change[ds]?|changing|update[ds]?)(?:_|$)", re.IGNORECASE)

_CHANGING = re.compile(r"\b(?:new|changes?|changed)\b", re.IGNORECASE)


def identities(subject: Subject) -> Iterator[tuple[Path, Confirmation, Identity]]:
    """Each check of identity with the path of its evidence."""
    for path, node, _ in subject.flow:
        if isinstance(node, Confirmation) and node.identity is not None:
            yield (*path, "identity"), node, node.identity


def factors(subject: Subject) -> Iterator[Problem]:
    """What each check of identity and each of its factors really proves."""
    mailboxes = frozenset(f.name for f in fields(subject.procedure) if f.name and f.rules.type == "email")
    for path, node, identity in identities(subject):
        if identity.need == 1:
            knowledge = {factor.kind for factor in identity.factors} == {"knowledge"}
            several = len(identity.factors) > 1
            what = "one question alone" if knowledge and several else "one factor alone"
            message = f"'{node.id}' is passed with {what}: `need` is 1"
            fix = "write need: 2 and offer factors of two kinds; two questions are one kind, however many are asked"
            yield Problem("SOP541", message, (*path, "need"), fix)
        if identity.attempts > MOST_ATTEMPTS:
            message = f"'{node.id}' allows {identity.attempts} attempts, enough to guess by trying"
            yield Problem("SOP547", message, (*path, "attempts"), "allow about three")
        for index, factor in enumerate(identity.factors):
            yield from _factor(factor, (*path, "factors", index), mailboxes)


def _factor(factor: Factor, path: Path, mailboxes: frozenset[str]) -> Iterator[Problem]:
    words = " ".join([factor.factor, *(text for _, text in (factor.title.by_locale if factor.title else ()))])
    if factor.kind == "possession":
        if _EMAIL.search(f"{words} {factor.send_to or ''}") or factor.send_to in mailboxes:
            message = (
                f"'{factor.factor}' uses e-mail, which does not prove possession (NIST SP 800-63B-4, 3.1.3.1)"
            )
            fix = "send the code to a telephone on file, or use an authenticator or a document"
            yield Problem("SOP543", message, (*path, "kind"), fix)
        elif (known := _KNOWN.search(factor.factor)) and not _SENT.search(factor.factor):
            message = (
                f"'{factor.factor}' is something one knows ('{known[0]}'), and counts here as possession"
            )
            yield Problem("SOP542", message, (*path, "kind"), "write kind: knowledge, and offer a factor of another kind")  # fmt: skip


def _sent(factor: Factor, path: Path, changed: list[FieldPlace]) -> Iterator[Problem]:
    """A code goes to no contact that this run changes."""
    names = list(dict.fromkeys(place.name or "" for place in changed))
    if factor.not_to is None:
        message = f"'{factor.factor}' may be sent to the very contact that this run changes ('{names[0]}')"
        where = "send_to" if factor.send_to is not None else "factor"
        yield Problem("SOP544", message, (*path, where), f"add not_to: {names[0]}", related=(*changed[0].path, "field"))  # fmt: skip
    elif factor.not_to not in names:
        message = f"'{factor.factor}' keeps away from '{factor.not_to}', but the contact that changes is in '{names[0]}'"
        yield Problem("SOP544", message, (*path, "not_to"), f"write not_to: {names[0]}", related=(*changed[0].path, "field"))  # fmt: skip


def handed_on(subject: Subject, places: list[FieldPlace]) -> Iterator[Problem]:
    """A callee that sends codes is told which contact this run changes."""
    changed = [place.name or "" for place in places]
    for path, node, _ in subject.flow:
        if isinstance(node, Call):
            callee = subject.plan.callees[(node.procedure, node.revision)]
            for name in dict.fromkeys(_kept_away(callee)):
                given = node.given.get(name)
                if not (isinstance(given, FieldRef) and given.name in changed):
                    message = f"'{node.id}' sends codes, and is not told of the contact that this run changes ('{changed[0]}')"
                    where = (*path, "given", name) if given is not None else (*path, "procedure")
                    yield Problem("SOP544", message, where, f"give it {name}: {{field: {changed[0]}}}")


def _kept_away(callee: Procedure) -> Iterator[str]:
    """The case fields of a callee that name a contact to which no code is sent."""
    case = {spec.field for spec in callee.case}
    for _, node, _ in walk(callee.flow):
        if isinstance(node, Confirmation) and node.identity is not None:
            yield from (factor.not_to for factor in node.identity.factors if factor.not_to in case)


def _changes_contact(place: FieldPlace) -> bool:
    """Whether a field says which contact, or what address, a run changes."""
    name = place.name
    if name is None or place.within is not None:
        return False
    changes = bool(_CHANGES.search(name))
    label = " ".join(text for _, text in place.rules.label.by_locale) if place.rules.label else ""
    changes = changes or bool(_CHANGING.search(label))
    if not changes:
        return False
    if place.rules.type in ("email", "phone"):
        return True
    if place.rules.type == "choice":
        return any(_CONTACTS.search(choice) for choice, _ in place.rules.choices or ())
    return place.rules.type == "text" and bool(_CONTACTS.search(f"{name} {label}"))


def contacts(subject: Subject) -> Iterator[Problem]:
    """Both ways in which a code may go to a contact that changes."""
    changed = [place for place in fields(subject.procedure) if _changes_contact(place)]
    if changed:
        for path, _, identity in identities(subject):
            for index, factor in enumerate(identity.factors):
                if factor.send_to is not None or (
                    factor.kind == "possession" and _SENT.search(factor.factor)
                ):
                    yield from _sent(factor, (*path, "factors", index), changed)
        yield from handed_on(subject, changed)


_END = "  - end: closed\n    result: completed\n    requires: [written-record]"
_REQUEST = "  - confirmation: request\n    record: {fields: [{field: wish, type: text}]}\n    satisfies: [written-record]\n"
_CHANGE = (
    "  - confirmation: request\n    record: {fields: [{field: new_phone, type: phone, keep: erasable}]}\n"
    "    satisfies: [written-record]\n"
)


_REFUSED = "\n  - end: refused\n    result: refused"
_APP = "{factor: authenticator-app, kind: possession}"


def _identity(*lines: str) -> str:
    """A check of identity by a passphrase and another factor; further keys of the identity after it."""
    factor, *more = lines
    return (
        "  - confirmation: caller\n    identity:\n      of: customer\n      factors:\n"
        f"        - {{factor: passphrase, kind: knowledge}}\n        - {factor}\n"
        + "".join(f"      {line}\n" for line in more)
        + "    otherwise: refused\n"
    )


RULES = (
    Rule(
        "SOP541",
        "one-factor",
        "One factor alone proves who somebody is.",
        Severity.WARNING,
        own(factors),
        "Two factors of different kinds are the least for anything that matters (NIST SP 800-63B, AAL2). Several "
        "knowledge questions remain one kind. Where `need` is more than the kinds there are, the file is refused "
        "(SOP221).",
        "flow:\n" + _REQUEST + _identity("{factor: first-school, kind: knowledge}", "need: 1") + _END + _REFUSED,
        "flow:\n" + _REQUEST + _identity(_APP, "need: 2") + _END + _REFUSED,
    ),
    Rule(
        "SOP542",
        "kind-in-doubt",
        "Something that one knows is counted as possession.",
        Severity.WARNING,
        own(factors),
        "Two questions of which one is called possession are still two questions.",
        "flow:\n" + _REQUEST + _identity("{factor: security-question, kind: possession}") + _END + _REFUSED,
        "flow:\n" + _REQUEST + _identity(_APP) + _END + _REFUSED,
    ),
    Rule(
        "SOP543",
        "email-as-possession",
        "E-mail is used as a proof of possession.",
        Severity.WARNING,
        own(factors),
        "A mailbox is opened with a password from anywhere, so NIST SP 800-63B-4 (3.1.3.1) rules it out as an "
        "out-of-band channel; the run will not send a code there either.",
        "flow:\n" + _REQUEST + _identity("{factor: one-time-code, kind: possession, send_to: email}") + _END + _REFUSED,
        "flow:\n" + _REQUEST + _identity("{factor: one-time-code, kind: possession, send_to: phone}") + _END + _REFUSED,
    ),
    Rule(
        "SOP544",
        "code-to-changed-contact",
        "A code may be sent to the contact that the run changes.",
        Severity.WARNING,
        own(contacts),
        "Whoever takes an account over asks for the new number first and the code second. A field counts as the "
        "changed contact where its name or label says so (new_phone, what changes) and it holds a telephone number, "
        "an address or a choice of contacts.",
        "flow:\n" + _CHANGE + _identity("{factor: sms-code, kind: possession, send_to: phone}") + _END + _REFUSED,
        "flow:\n" + _CHANGE + _identity("{factor: sms-code, kind: possession, send_to: phone, not_to: new_phone}")
        + _END + _REFUSED,
    ),
    Rule(
        "SOP547",
        "many-attempts",
        "A check of identity allows so many attempts that one can guess.",
        Severity.WARNING,
        own(factors),
        f"More than {MOST_ATTEMPTS} in one call is guessing; attempts are not given back by going back.",
        "flow:\n" + _REQUEST + _identity(_APP, "attempts: 50") + _END + _REFUSED,
        "flow:\n" + _REQUEST + _identity(_APP, "attempts: 3") + _END + _REFUSED,
    ),
)  # fmt: skip
