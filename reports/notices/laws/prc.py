"""PRC Regulation on the Protection of the Right of Communication through Information Networks, Art. 14: works, to a network
service."""

from registry.kinds import WORKS
from reports.notices.language import Language
from reports.notices.laws.base import NOVEMBER_2026, Ask, Law, LawStatus, about
from reports.notices.laws.needs import EXCEPTIONS, NO_CONSENT, PARTIES

TRUTH = "{party} answers for the truth of this notice, and for damage that a wrong notice causes."
DEMAND = (
    "Remove the material from the addresses and pages stated here, block it or break the links to it, and forward this notice to "
    "the user who published it."
)
RESTORED = "what a platform restored after a counter-statement is not to be notified again (Art. 17)"
NO_SECOND = "Whether the content was restored after a counter-statement: no second notice then (Art. 17)."
PER_NOTICE = "Whether whoever acts for the holder has an authority for this very notice, and not only a general one."

LAW = Law(
    id="prc_14",
    title="Notice to a network service of infringed copyright, China",
    citation="PRC network-rights Regulation, Art. 14",
    status=LawStatus.IN_FORCE,
    checked_on=NOVEMBER_2026,
    place="CN",
    sections=r"\bnetwork-rights\b|信息网络传播权保护条例",
    needs=(Ask.AUTHORITY_PER_NOTICE, *PARTIES),
    thoughts=(EXCEPTIONS, NO_CONSENT, PER_NOTICE, NO_SECOND),
    limits=(about(*WORKS, why="is about works, performances and recordings: a bare likeness, or a mark as such, is none"),),
    statements=(TRUTH,),
    demand=DEMAND,
    once_restored=RESTORED,
    languages=(Language.CHINESE, Language.ENGLISH),
    labelling=True,
)
