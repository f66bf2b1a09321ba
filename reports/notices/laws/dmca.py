"""DMCA, 17 U.S.C. § 512(c)(3)(A): notice of infringed copyright to a service provider, and never for a bare likeness."""

from registry.kinds import WORKS
from reports.notices.events import Event
from reports.notices.laws.base import NOVEMBER_2026, Ask, Law, LawStatus, about
from reports.notices.laws.clocks import US_FEDERAL, Clock
from reports.notices.laws.needs import PARTIES

LAW = Law(
    id="dmca",
    title="Notice of infringed copyright to a service provider, DMCA",
    citation="17 U.S.C. § 512(c)(3)(A)",
    status=LawStatus.IN_FORCE,
    checked_on=NOVEMBER_2026,
    sections=r"\b512\s*\(c\)|\bDMCA\b",
    needs=(Ask.FAIR_USE, *PARTIES),
    thoughts=("Fair use, before the notice, by a named person, with day and reason (17 U.S.C. § 512(f)).",),
    limits=(about(*WORKS, why="is about copyrighted works: a bare likeness, or a mark as such, is none"),),
    statements=(
        "{party} has a good-faith belief that the use of the material in the manner complained of is not authorised by the "
        "copyright owner, its agent, or the law.",
        "The information in this notice is accurate, and under penalty of perjury, the person who signs is authorised to act on "
        "behalf of the owner of an exclusive right that is allegedly infringed.",
    ),
    clocks=(
        Clock(
            id="put_back",
            begins=Event.COUNTER_NOTICED,
            ends=(Event.RESTORED, Event.EXPIRED, Event.REFUSED),
            who="the platform",
            what="puts it back, unless it was told of a suit before (17 U.S.C. § 512(g)(2)(C))",
            earliest=10,
            latest=14,
            calendar=US_FEDERAL,
        ),
    ),
    demand="Remove the material from the addresses and pages stated here, or disable access to it.",
)
