"""Evidence: proofs of identity that prove less than they seem to (NIST SP 800-63B), and weak records."""

import re
from collections.abc import Iterator

from sop_runner.base.finding import Severity
from sop_runner.lint.rule import Rule, own
from sop_runner.lint.subject import Subject
from sop_runner.machine.graph import GraphNode
from sop_runner.procedure.evidence import Factor, Identity
from sop_runner.procedure.model import Path
from sop_runner.procedure.nodes import Confirmation
from sop_runner.procedure.place import Problem
from sop_runner.procedure.walks import FieldPlace, fields

MOST_ATTEMPTS = 10

_EMAIL = re.compile(r"\be[-_ ]?mail|\bmailbox\b|电子邮|電子郵|邮箱|郵箱|\bwebmail", re.IGNORECASE)
_KNOWN = re.compile(
    r"pass(?:word|phrase|code)|\bpin\b|question|birth|maiden|\bsecret\b|knowledge|密码|密碼|口令|通關密語|jelsz|jelmondat|kérdés",
    re.IGNORECASE,
)
_SENT = re.compile(r"one[-_ ]?time|\botp\b|\bsms\b|text[-_ ]?message|call[-_ ]?back", re.IGNORECASE)
_CONTACTS = re.compile(r"e[-_]?mail|phone|mobile|\bsms\b|\bcell\b|address|contact|number", re.IGNORECASE)
_CHANGES = re.compile(r"(?:^|_)(?:new|change[ds]?|changing|update[ds]?)(?:_|$)", re.IGNORECASE)


def identities(subject: Subject) -> Iterator[tuple[Path, Confirmation, Identity]]:
    """Each check of identity with the path of its evidence."""
    for path, node, _ in subject.flow:
        if isinstance(node, Confirmation) and node.identity is not None:
            yield (*path, "identity"), node, node.identity


def factors(subject: Subject) -> Iterator[Problem]:
    """What each check of identity and each of its factors really proves."""
    changed = [place for place in fields(subject.procedure) if _changes_contact(place)]
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
            yield from _factor(factor, (*path, "factors", index), changed)


def _factor(factor: Factor, path: Path, changed: list[FieldPlace]) -> Iterator[Problem]:
    words = " ".join([factor.factor, *(text for _, text in (factor.title.by_locale if factor.title else ()))])
    if factor.kind == "possession":
        if _EMAIL.search(f"{words} {factor.send_to or ''}"):
            message = (
                f"'{factor.factor}' uses e-mail, which does not prove possession (NIST SP 800-63B, 3.1.3.1)"
            )
            fix = "send the code to a telephone on file, or use an authenticator or a document"
            yield Problem("SOP543", message, (*path, "kind"), fix)
        elif (known := _KNOWN.search(factor.factor)) and not _SENT.search(factor.factor):
            message = (
                f"'{factor.factor}' is something one knows ('{known[0]}'), and counts here as possession"
            )
            yield Problem("SOP542", message, (*path, "kind"), "write kind: knowledge, and offer a factor of another kind")  # fmt: skip
    sent = factor.send_to is not None or (factor.kind == "possession" and _SENT.search(factor.factor))
    if sent and changed:
        yield from _sent(factor, path, changed)


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


def _changes_contact(place: FieldPlace) -> bool:
    """Whether a field says which contact, or what address, a run changes."""
    name = place.name
    if name is None or place.within is not None:
        return False
    changes = bool(_CHANGES.search(name))
    label = place.rules.label
    if not changes and label is not None:
        changes = any(re.search(r"\b(?:new|changes?|changed)\b", text, re.IGNORECASE) for _, text in label.by_locale)  # fmt: skip
    if not changes:
        return False
    if place.rules.type in ("email", "phone"):
        return True
    if place.rules.type == "choice":
        return any(_CONTACTS.search(choice) for choice, _ in place.rules.choices or ())
    return place.rules.type == "text" and bool(_CONTACTS.search(name))


def sign_offs(subject: Subject) -> Iterator[Problem]:
    """A sign-off is by somebody else than whoever did the work, and does not give away what is typed blind."""
    acting = {node.id: node.by for node in subject.nodes}
    for node in subject.nodes:
        spec = node.node
        if not isinstance(spec, Confirmation) or spec.sign_off is None:
            continue
        if spec.sign_off.people == 1:
            shown = [role for name in spec.sign_off.shows for role in acting.get(name, ())]
            worked = dict.fromkeys(shown or subject.procedure.by)
            missing = [role for role in worked if role not in node.not_by]
            if missing:
                yield _same_person(subject, node, list(worked), missing)
        for place in subject.texts:
            if place.path[: len(node.path)] == node.path:
                for name in spec.sign_off.blind:
                    if any("{" + name + "}" in text for _, text in place.text.by_locale):
                        message = f"'{name}' is typed blind here, and this text shows it"
                        related = (*node.path, "sign_off", "blind", spec.sign_off.blind.index(name))
                        yield Problem("SOP545", message, place.path, "leave it out: who has seen it only copies it", related=related)  # fmt: skip


def _same_person(subject: Subject, node: GraphNode, worked: list[str], missing: list[str]) -> Problem:
    roles = " and ".join(f"'{role}'" for role in missing)
    if node.not_by:
        message = f"'{node.id}' may be signed by the person who acted as {roles}: its `not_by` does not name that role"
        where: Path = (*node.path, "not_by")
    else:
        message = f"'{node.id}' may be signed by the very person who acted as {roles}"
        where = (*node.path, "sign_off")
    signs = [role for role in (*node.by, *subject.procedure.roles) if role not in worked]
    apart = ", ".join([*(role for role in node.not_by if role not in signs[:1]), *missing])
    if not signs:
        fix = f"declare a second role under `roles`, and write by: ROLE and not_by: [{apart}]"
    else:
        fix = f"write by: {signs[0]} and not_by: [{apart}]"
    return Problem("SOP546", message, where, fix, on_key=True)


def records(subject: Subject) -> Iterator[Problem]:
    """What is kept can be erased where it is personal, and a log review leaves something behind."""
    for place in fields(subject.procedure):
        if place.rules.type in ("email", "phone") and place.rules.keep == "plain":
            name = place.name or place.item
            message = f"'{name}' holds personal data for ever: the audit log keeps it as it is"
            where = "keep" if "keep" in place.rules.model_fields_set else "type"
            yield Problem("SOP548", message, (*place.path, where), "write keep: erasable, or keep: digest")
    for path, node, _ in subject.flow:
        review = node.log_review if isinstance(node, Confirmation) else None
        if review is not None and not review.checks and review.extract != "required":
            message = f"'{node.id}' is passed without a statement or an extract: nothing shows that the log was read"
            yield Problem("SOP549", message, (*path, "log_review"), "add checks, or extract: required", on_key=True)  # fmt: skip


_END = "  - end: closed\n    result: completed\n    requires: [written-record]"
_REQUEST = "  - confirmation: request\n    record: {fields: [{field: wish, type: text}]}\n    satisfies: [written-record]\n"
_CHANGE = (
    "  - confirmation: request\n    record: {fields: [{field: new_phone, type: phone, keep: erasable}]}\n"
    "    satisfies: [written-record]\n"
)


def _identity(*lines: str) -> str:
    """A check of identity by a passphrase and another factor; further keys of the identity after it."""
    factor, *more = lines
    return (
        "  - confirmation: caller\n    identity:\n      of: customer\n      factors:\n"
        f"        - {{factor: passphrase, kind: knowledge}}\n        - {factor}\n"
        + "".join(f"      {line}\n" for line in more)
        + "    otherwise: refused\n"
    )


def _signed(*lines: str) -> str:
    return (
        "roles: {agent: Serves the customer., supervisor: Signs off.}\nflow:\n" + _REQUEST
        + "  - confirmation: approval\n" + "".join(f"    {line}\n" for line in lines)
        + "    otherwise: refused\n" + _END + _REFUSED
    )  # fmt: skip


_REFUSED = "\n  - end: refused\n    result: refused"
_APP = "{factor: authenticator-app, kind: possession}"
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
        "A mailbox is opened with a password from anywhere, so NIST SP 800-63B (3.1.3.1) rules it out as an "
        "out-of-band channel; the run will not send a code there either.",
        "flow:\n" + _REQUEST + _identity("{factor: one-time-code, kind: possession, send_to: email}") + _END + _REFUSED,
        "flow:\n" + _REQUEST + _identity("{factor: one-time-code, kind: possession, send_to: phone}") + _END + _REFUSED,
    ),
    Rule(
        "SOP544",
        "code-to-changed-contact",
        "A code may be sent to the contact that the run changes.",
        Severity.WARNING,
        own(factors),
        "Whoever takes an account over asks for the new number first and the code second. A field counts as the "
        "changed contact where its name or label says so (new_phone, what changes) and it holds a telephone number, "
        "an address or a choice of contacts.",
        "flow:\n" + _CHANGE + _identity("{factor: sms-code, kind: possession, send_to: phone}") + _END + _REFUSED,
        "flow:\n" + _CHANGE + _identity("{factor: sms-code, kind: possession, send_to: phone, not_to: new_phone}")
        + _END + _REFUSED,
    ),
    Rule(
        "SOP545",
        "blind-field-shown",
        "A text of a sign-off shows what the signer is to type blind.",
        Severity.WARNING,
        own(sign_offs),
        "Typing a value without seeing it proves that the signer got it from the source. What nodes under `shows` "
        "recorded of it is hidden by the run itself.",
        _signed("by: supervisor", "not_by: [agent]", "ask: Is {wish} right?", "sign_off: {blind: [wish]}"),
        _signed("by: supervisor", "not_by: [agent]", "ask: Is the wish right?", "sign_off: {blind: [wish]}"),
    ),
    Rule(
        "SOP546",
        "four-eyes-by-one",
        "A sign-off may be given by the person whose work it is about.",
        Severity.WARNING,
        own(sign_offs),
        "One person may hold several roles; only `not_by` keeps apart who acted and who signs. It has to name the "
        "roles that act at the nodes under `shows`, or where there are none, the role that acts by default.",
        _signed("by: supervisor", "sign_off: {shows: [request]}"),
        _signed("by: supervisor", "not_by: [agent]", "sign_off: {shows: [request]}"),
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
    Rule(
        "SOP548",
        "personal-data-plain",
        "An address or a telephone number is kept where it can never be erased.",
        Severity.NOTE,
        own(records),
        "The audit log is append-only. With `keep: erasable` it holds a commitment and the value lies encrypted "
        "beside it, so that a request for erasure (GDPR, art. 17) can be met.",
        "case: [{field: caller_number, type: phone}]",
        "case: [{field: caller_number, type: phone, keep: erasable}]",
    ),
    Rule(
        "SOP549",
        "log-review-shows-nothing",
        "A log review asks neither for statements nor for an extract.",
        Severity.WARNING,
        own(records),
        "Then one key press passes it, and nothing on record shows that anybody looked.",
        "flow:\n" + _REQUEST + "  - confirmation: log\n    log_review: {source: accounts}\n" + _END,
        "flow:\n" + _REQUEST + "  - confirmation: log\n    log_review: {source: accounts, extract: required}\n" + _END,
    ),
)  # fmt: skip
