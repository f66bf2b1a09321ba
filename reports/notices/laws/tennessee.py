"""The Tennessee ELVIS Act: voice and likeness, against who knows that the use is not authorised."""

from registry.types import SubjectKind
from reports.notices.laws.base import NOVEMBER_2026, Law, LawStatus, about
from reports.notices.laws.needs import DEMAND, EXCEPTIONS, NO_CONSENT

LAW = Law(
    id="tenn_elvis",
    title="ELVIS Act, Tennessee",
    citation="the Tennessee ELVIS Act (Tenn. Code Ann. § 47-25-1101 et seq.)",
    status=LawStatus.IN_FORCE,
    checked_on=NOVEMBER_2026,
    place="US-TN",
    sections=r"\bELVIS\b|\b47-25-1101\b",
    needs=DEMAND,
    thoughts=(EXCEPTIONS, NO_CONSENT, "Since when the recipient knows that the use is not authorised: this letter tells it."),
    limits=(about(SubjectKind.PERSON, why="protects the voice and the likeness of people"),),
)
