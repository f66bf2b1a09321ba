"""NO FAKES Act: a bill."""

from registry.types import SubjectKind
from reports.notices.laws.base import NOVEMBER_2026, Law, LawStatus, about
from reports.notices.laws.needs import DEMAND

LAW = Law(
    id="no_fakes",
    title="NO FAKES Act",
    citation="NO FAKES Act (S.4591, H.R. 8915)",
    status=LawStatus.BILL,
    checked_on=NOVEMBER_2026,
    place="US",
    sections=r"\bNO FAKES\b",
    why_not="it is a bill on the calendar, and not law",
    needs=DEMAND,
    thoughts=(),
    limits=(about(SubjectKind.PERSON, why="is about people"),),
)
