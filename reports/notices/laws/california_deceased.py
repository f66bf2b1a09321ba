"""Cal. Civ. Code § 3344.1 with AB 1836: deceased people, against digital replicas in expressive works."""

from registry.types import SubjectKind, Use
from reports.notices.laws.base import NOVEMBER_2026, Law, LawStatus, about, deceased, used
from reports.notices.laws.needs import DEMAND, EXCEPTIONS, NO_CONSENT

LAW = Law(
    id="cal_3344_1",
    title="Digital replicas of deceased people, California",
    citation="Cal. Civ. Code § 3344.1",
    status=LawStatus.IN_FORCE,
    checked_on=NOVEMBER_2026,
    place="US-CA",
    sections=r"\b3344\.1\b",
    needs=DEMAND,
    thoughts=(EXCEPTIONS, NO_CONSENT),
    limits=(
        about(SubjectKind.PERSON, why="protects people"),
        deceased("protects the deceased, and not the living"),
        used([Use.EXPRESSIVE], "was checked for digital replicas in expressive audiovisual works and sound recordings alone"),
    ),
)
