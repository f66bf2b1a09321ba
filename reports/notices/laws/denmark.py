"""Danish Copyright Act §§ 65a and 73a: whether they were passed is not known."""

from registry.types import SubjectKind
from reports.notices.laws.base import NOVEMBER_2026, Law, LawStatus, about
from reports.notices.laws.needs import DEMAND

LAW = Law(
    id="denmark",
    title="Realistic imitation of people, Denmark",
    citation="Denmark §§ 65a and 73a",
    status=LawStatus.UNCONFIRMED,
    checked_on=NOVEMBER_2026,
    place="DK",
    sections=r"\b65a\b|\b73a\b",
    why_not="whether it was passed is not known",
    needs=DEMAND,
    thoughts=("Whether it is a parody, which is exempt.", "Whether more than 50 years passed since the death."),
    limits=(about(SubjectKind.PERSON, why="is about people"),),
)
