"""The types of the entries that belong to no run: whatever a log tells of keys, people, texts, values and its own keeping."""

OPENED = "LogOpened"
KEY_ENROLLED, KEY_ROTATED, KEY_RETIRED = "KeyEnrolled", "KeyRotated", "KeyRetired"
PERSON_ENROLLED, PERSON_CHANGED, PERSON_DISABLED = "PersonEnrolled", "PersonChanged", "PersonDisabled"
FACTOR_ENROLLED = "FactorEnrolled"
PUBLISHED, APPROVED = "ProcedurePublished", "ProcedureApproved"
DECLINED, WITHDRAWN = "ProcedureDeclined", "ProcedureWithdrawn"
APPROVER_CHANGED = "ApproverRoleChanged"
BUNDLE_IMPORTED = "BundleImported"
HOLD_PLACED, HOLD_RELEASED, SUBJECT_ERASED = "LegalHoldPlaced", "LegalHoldReleased", "SubjectErased"
SEGMENT_SEALED, EXPORTED = "SegmentSealed", "AuditExported"
FINDING_MARKED, REVIEW_NOTED = "FindingMarked", "ReviewNoted"
REFUSED = "ActionRefused"  # of a run, too; here a start that was refused

PEOPLE = frozenset((PERSON_ENROLLED, PERSON_CHANGED, PERSON_DISABLED, FACTOR_ENROLLED))
PUBLISHING = frozenset((PUBLISHED, APPROVED, DECLINED, WITHDRAWN, APPROVER_CHANGED))
ALL = (
    PEOPLE
    | PUBLISHING
    | {
        OPENED,
        KEY_ENROLLED,
        KEY_ROTATED,
        KEY_RETIRED,
        BUNDLE_IMPORTED,
        HOLD_PLACED,
        HOLD_RELEASED,
        SUBJECT_ERASED,
        SEGMENT_SEALED,
        EXPORTED,
        FINDING_MARKED,
        REVIEW_NOTED,
        REFUSED,
    }
)
"""Every type that this program writes outside runs; another one is of a newer program, or of none."""
