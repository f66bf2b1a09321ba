"""PRC network-rights Regulation, Art. 14: in force, and its letters are not written here yet."""

from reports.notices.laws.base import NOVEMBER_2026, Ask, Law, LawStatus
from reports.notices.laws.needs import NO_CONSENT, PARTIES

LAW = Law(
    id="prc_14",
    title="Notice to a network service, China",
    citation="PRC network-rights Regulation, Art. 14",
    status=LawStatus.IN_FORCE,
    checked_on=NOVEMBER_2026,
    place="CN",
    why_not="its letter in Chinese, and the separate authority that it needs for each notice, are not written here yet",
    needs=(Ask.AUTHORITY_PER_NOTICE, *PARTIES),
    thoughts=(NO_CONSENT, "Whether the content was restored after a counter-statement: no second notice then (Art. 17)."),
    limits=(),
    once_restored="what a platform restored after a counter-statement is not to be notified again (Art. 17)",
)
