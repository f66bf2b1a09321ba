"""N.Y. Civil Rights Law §§ 50 and 51: living people, against advertising and trade."""

from registry.types import SubjectKind, Use
from reports.notices.laws.base import Law, LawStatus, about, living, used
from reports.notices.laws.needs import DEMAND, EXCEPTIONS, NO_CONSENT

LAW = Law(
    id="ny_50_51",
    title="Right of privacy of living people, New York",
    citation="N.Y. Civil Rights Law §§ 50 and 51",
    status=LawStatus.UNCONFIRMED,
    checked_on=None,
    place="US-NY",
    sections=r"\bCiv\w*\b.*\b5[01]\b(?!-)",
    why_not="it is written from memory, and its text was not looked up",
    needs=DEMAND,
    thoughts=(EXCEPTIONS, NO_CONSENT),
    limits=(
        about(SubjectKind.PERSON, why="protects people"),
        living("protects the living, and not the deceased"),
        used([Use.COMMERCIAL], "is about advertising and trade"),
    ),
)
