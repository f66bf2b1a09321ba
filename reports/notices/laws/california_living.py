"""Cal. Civ. Code § 3344: living people, against use on products or in advertising or selling."""

from registry.types import SubjectKind, Use
from reports.notices.laws.base import NOVEMBER_2026, Law, LawStatus, about, living, used
from reports.notices.laws.needs import DEMAND, EXCEPTIONS, NO_CONSENT

LAW = Law(
    id="cal_3344",
    title="Right of publicity of living people, California",
    citation="Cal. Civ. Code § 3344",
    status=LawStatus.IN_FORCE,
    checked_on=NOVEMBER_2026,
    place="US-CA",
    sections=r"\b3344\b(?!\.\d)",
    needs=DEMAND,
    thoughts=(EXCEPTIONS, NO_CONSENT, "Whether the use is knowing."),
    limits=(
        about(SubjectKind.PERSON, why="protects people"),
        living("protects the living, and not the deceased"),
        used([Use.COMMERCIAL], "is about use on products, or in advertising or selling"),
    ),
)
