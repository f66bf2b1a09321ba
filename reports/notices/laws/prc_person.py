"""PRC Civil Code, Arts. 1018, 1019 and 1195: the portrait of a living person, to a network service.

Art. 1018 and 1019 were looked up in November 2026: forging a portrait by information technology is a tort of its own. Art. 1195
was known from memory until its text was read in stored secondary copies on 29 November 2026: the notice holds preliminary
evidence and the real identity of the holder. Art. 1023 has the voice protected as the portrait is. Who may ask for the deceased
stands in other articles, which were not looked up.
"""

from datetime import date

from registry.types import SubjectKind
from reports.notices.language import Language
from reports.notices.laws.base import Ask, Law, LawStatus, about, living, seen
from reports.notices.laws.needs import EXCEPTIONS, NO_CONSENT, PARTIES
from reports.notices.laws.prc import DEMAND, NO_SECOND, PER_NOTICE, RESTORED, TRUTH

LAW = Law(
    id="prc_1019",
    title="Notice to a network service of a violated portrait right, China",
    citation="PRC Civil Code, Arts. 1018, 1019 and 1195",
    status=LawStatus.IN_FORCE,
    checked_on=date(2026, 11, 29),
    place="CN",
    sections=r"\bPRC Civil Code\b|中华人民共和国民法典",
    needs=(Ask.AUTHORITY_PER_NOTICE, *PARTIES),
    thoughts=(
        EXCEPTIONS,
        NO_CONSENT,
        PER_NOTICE,
        NO_SECOND,
        "Whether the voice is imitated as well: Art. 1023 has it protected as the portrait is.",
    ),
    limits=(
        about(SubjectKind.PERSON, why="protects people"),
        seen("protects the portrait; how a letter rests on Art. 1023, which protects the voice, was not looked up"),
        living("protects the living; the articles about the deceased were not looked up"),
    ),
    statements=(
        "Without the consent of the person whom it shows, nobody may make, use or publish a portrait, nor violate the right to "
        "it by forging it with information technology (Art. 1019).",
        TRUTH,
    ),
    demand=DEMAND,
    once_restored=RESTORED,
    languages=(Language.CHINESE, Language.ENGLISH),
    labelling=True,
)
