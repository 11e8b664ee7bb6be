"""Settings become objects: the only place that knows which concrete classes a desk is made of."""

from .making import create_demo, create_desk, shipped_procedures
from .opening import open_desk, open_review, opened_people, opened_publishing
from .rehearsing import rehearsal_stage

__all__ = (
    "create_demo",
    "create_desk",
    "open_desk",
    "open_review",
    "opened_people",
    "opened_publishing",
    "rehearsal_stage",
    "shipped_procedures",
)
