"""N.Y. Civil Rights Law § 50-f: deceased people who were domiciled in New York."""

from registry.types import SubjectKind
from reports.notices.laws.base import NOVEMBER_2026, Law, LawStatus, about, deceased, domiciled
from reports.notices.laws.needs import DEMAND, EXCEPTIONS, NO_CONSENT

LAW = Law(
    id="ny_50_f",
    title="Deceased people who were domiciled in New York",
    citation="N.Y. Civil Rights Law § 50-f",
    status=LawStatus.IN_FORCE,
    checked_on=NOVEMBER_2026,
    place="US-NY",
    sections=r"\b50-f\b",
    needs=DEMAND,
    thoughts=(EXCEPTIONS, NO_CONSENT, "Whether consent was given before."),
    limits=(
        about(SubjectKind.PERSON, why="protects people"),
        deceased("protects the deceased, and not the living"),
        domiciled("US-NY", "protects the deceased who were domiciled in New York, which is not on record of this one"),
    ),
)
