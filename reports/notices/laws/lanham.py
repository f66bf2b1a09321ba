"""Lanham Act § 43(a)(1)(A): use in commerce that is likely to confuse about affiliation, sponsorship or approval."""

from registry.types import SubjectKind, Use
from reports.notices.laws.base import NOVEMBER_2026, Law, LawStatus, about, used
from reports.notices.laws.needs import DEMAND, EXCEPTIONS, NO_CONSENT

LAW = Law(
    id="lanham_43a",
    title="False endorsement, Lanham Act § 43(a)(1)(A)",
    citation="15 U.S.C. § 1125(a)(1)(A)",
    status=LawStatus.IN_FORCE,
    checked_on=NOVEMBER_2026,
    place="US",
    sections=r"\b1125\s*\(a\)|\bLanham\b",
    needs=DEMAND,
    thoughts=(EXCEPTIONS, NO_CONSENT, "Whether people are likely to be confused about affiliation, sponsorship or approval."),
    limits=(
        about(SubjectKind.PERSON, SubjectKind.MARK, why="is about people and marks that seem to endorse something"),
        used([Use.COMMERCIAL], "is about use in commerce"),
    ),
)
