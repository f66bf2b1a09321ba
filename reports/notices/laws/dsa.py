"""EU Digital Services Act, Art. 16: notice of illegal content to a hosting service."""

from reports.notices.laws.base import NOVEMBER_2026, Ask, Law, LawStatus
from reports.notices.laws.needs import EXCEPTIONS, NO_CONSENT, PARTIES

LAW = Law(
    id="dsa_16",
    title="Notice of illegal content, EU Digital Services Act",
    citation="Digital Services Act, Art. 16(2)",
    status=LawStatus.IN_FORCE,
    checked_on=NOVEMBER_2026,
    sections=r"\bDSA\b|\bDigital Services Act\b",
    needs=(Ask.REASONS, *PARTIES),
    thoughts=(
        EXCEPTIONS,
        NO_CONSENT,
        "How many of the sender's notices were refused: who often sends manifestly unfounded ones is suspended (Art. 23(2)).",
    ),
    limits=(),
    statements=("{party} has a bona fide belief that the information and allegations in this notice are accurate and complete.",),
    demand="Remove the content from the addresses and pages stated here, or disable access to it.",
)
