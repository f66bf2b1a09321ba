"""TAKE IT DOWN Act, 47 U.S.C. § 223a: intimate imagery that was published without consent."""

from registry.types import SubjectKind, Use
from reports.notices.events import Event
from reports.notices.laws.base import NOVEMBER_2026, Law, LawStatus, about, seen, used
from reports.notices.laws.clocks import Clock
from reports.notices.laws.needs import NO_CONSENT, PARTIES

LAW = Law(
    id="take_it_down",
    title="Removal of intimate imagery, TAKE IT DOWN Act",
    citation="47 U.S.C. § 223a",
    status=LawStatus.IN_FORCE,
    checked_on=NOVEMBER_2026,
    sections=r"\b223a\b|\bTAKE IT DOWN\b",
    needs=PARTIES,
    thoughts=(NO_CONSENT,),
    limits=(
        about(SubjectKind.PERSON, why="is about people"),
        seen("is about imagery, and a voice is none"),
        used([Use.INTIMATE], "is about intimate imagery alone"),
    ),
    statements=(
        "{party} has a good-faith belief that the intimate depiction identified here was published without the consent of the "
        "person whom it shows.",
    ),
    clocks=(
        Clock(
            id="removal",
            begins=Event.SENT,
            ends=(Event.REMOVED, Event.REFUSED, Event.EXPIRED),
            who="the platform",
            what="removes it and its known identical copies",
            hours=48,
        ),
    ),
    demand="Remove the depiction and its known identical copies within 48 hours.",
)
