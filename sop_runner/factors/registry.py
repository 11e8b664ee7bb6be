"""Which module checks a factor that an author named: one explicit list, and the desk's own mapping."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sop_runner.base.errors import UsageError
from sop_runner.base.i18n import Translator
from sop_runner.base.message import Message, listing, msg
from sop_runner.base.secretbox import SecretBox
from sop_runner.base.tries import Tries

from .attested import Attested
from .call_back import call_back
from .courier import Courier
from .customers import CustomerFile
from .document import Document
from .knowledge import Knowledge
from .one_time_code import one_time_code
from .passphrase import Passphrase
from .port import KIND_WORDS, Challenge, FactorModule, FactorResult, Kind, Options, Unavailable, Why, wrong
from .totp import Totp

MODULE_NAMES = (
    "passphrase", "one_time_code", "totp", "document", "call_back", "knowledge", "attested",
)  # fmt: skip
"""What `[factors]` in sop.toml may map a name to."""

# Names that authors use, as they would be understood anywhere; sop.toml goes before these,
# but nothing goes before `_NO_FACTORS`.
USUAL_NAMES = (
    ("account-passphrase", "passphrase"),
    ("customer-passphrase", "passphrase"),
    ("one-time-code", "one_time_code"),
    ("sms-code", "one_time_code"),
    ("authenticator-app", "totp"),
    ("customer-token", "totp"),
    ("branch-id-document", "document"),
    ("id-document", "document"),
    ("identity-document", "document"),
    ("call-back", "call_back"),
    ("callback", "call_back"),
    ("recent-activity", "knowledge"),
)

# Words in a factor's name for what proves nothing (NIST SP 800-63B-4, 3.1.1.2 and 3.1.3.1).
_NO_FACTORS = (
    (
        ("security-question",),
        msg("Security questions are no factor; anybody can find the answers. Use another."),
    ),
    (("mothers-maiden-name", "mother-maiden-name"), msg("A mother's name is no factor. Use another one.")),
    (
        ("email", "e-mail"),
        msg("A code sent by e-mail does not prove possession (NIST SP 800-63B); use another factor."),
    ),
)


@dataclass(frozen=True, slots=True)
class NoFactor:
    """Stands for a factor that must not count: it never begins and is never right."""

    name: str
    kind: Kind
    note: Message
    why: Why = Why.NO_FACTOR

    def begin(self, subject: str, options: Options, now: datetime) -> Challenge | Unavailable:
        """Say why not."""
        return Unavailable(self.why, self.note)

    def check(self, subject: str, challenge: Challenge, typed: str, now: datetime) -> FactorResult:
        """Never right."""
        return wrong(self.note, self.why)


@dataclass(frozen=True, slots=True)
class Named:
    """A module under the name and kind that the author gave the factor."""

    name: str
    kind: Kind
    module: FactorModule

    def begin(self, subject: str, options: Options, now: datetime) -> Challenge | Unavailable:
        """Begin the module's challenge under the author's name."""
        begun = self.module.begin(subject, options, now)
        return replace(begun, factor=self.name, kind=self.kind) if isinstance(begun, Challenge) else begun

    def check(self, subject: str, challenge: Challenge, typed: str, now: datetime) -> FactorResult:
        """Let the module judge."""
        return self.module.check(subject, challenge, typed, now)


@dataclass(frozen=True, slots=True)
class Registry:
    """Finds the module for a factor of a procedure; a name nobody mapped is attested by the agent.

    Without a customer file only what is attested can be right, and a desk has to say so of each factor:
    to attest by itself what an author meant to be compared would prove less than anybody thinks.
    """

    modules: tuple[FactorModule, ...]
    names: tuple[tuple[str, str], ...] = USUAL_NAMES
    customer_file: bool = True

    def find(self, factor: str, kind: Kind) -> FactorModule:
        """The module for `factor`, which its procedure declares to be of `kind`.

        Where the module proves another kind than the author declared, nothing would be proved by
        counting it, so what comes back refuses: two knowledge questions never make two factors.
        """
        plain = _plain(factor)
        for words, note in _NO_FACTORS:
            if any(word in plain for word in words):
                return NoFactor(factor, kind, note)
        wanted = dict(self.names).get(plain, plain.replace("-", "_"))
        module = next((m for m in self.modules if m.name == wanted), None)
        if module is None:
            module = next(m for m in self.modules if m.name == Attested.name)
        if module.kind not in ("", kind):
            note = msg(
                "'{factor}' proves {proved}, the procedure counts it as {kind}; its author has to correct that.",
                factor=factor,
                proved=KIND_WORDS.get(module.kind, module.kind),
                kind=KIND_WORDS.get(kind, kind),
            )
            return NoFactor(factor, kind, note)
        if not self.customer_file and module.name != Attested.name:
            note = msg(
                "This desk has no customer file to check '{factor}' against. Ask whoever runs the desk to let you attest it: [factors] in sop.toml.",
                factor=factor,
            )
            return NoFactor(factor, kind, note, Why.UNKNOWN_CUSTOMER)
        return Named(factor, kind, module)


def make_registry(
    customers: CustomerFile,
    courier: Courier,
    tries: Tries,
    box: SecretBox,
    mapping: Mapping[str, str] | None = None,
    say: Translator | None = None,
    *,
    customer_file: bool = True,
) -> Registry:
    """Every module over these ports; `mapping` (author's name → module) goes before the usual names,
    `say` writes to customers, and `customer_file` is false where nobody is on file.

    Raises UsageError for a module that does not exist: attesting instead would hide a slip.
    """
    modules: tuple[FactorModule, ...] = (
        Passphrase(customers, tries, box),
        one_time_code(customers, courier, tries, box, say),
        Totp(customers, tries, box),
        Document(customers, tries, box),
        call_back(customers, courier, tries, box, say),
        Knowledge(customers, tries, box),
        Attested(),
    )
    own = tuple((_plain(name), module.replace("-", "_")) for name, module in (mapping or {}).items())
    for name, module in own:
        if module not in MODULE_NAMES:
            near = difflib.get_close_matches(module, MODULE_NAMES, 1)
            hint = (
                msg("Did you mean '{name}'?", name=near[0])
                if near
                else msg("There are: {known}.", known=listing(MODULE_NAMES))
            )
            raise UsageError(
                msg("'{name}' is mapped to '{module}', which is no factor module", name=name, module=module),
                hint=hint,
            )
    return Registry(modules, USUAL_NAMES + own, customer_file)


def _plain(name: str) -> str:
    return name.casefold().replace("_", "-")
