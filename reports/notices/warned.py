"""What whoever drafts a letter should know of the laws that it rests on."""

from reports.notices.laws.known import LAWS
from reports.notices.notice import Notice


def ground_warnings(notice: Notice) -> list[str]:
    """Which of the cited laws were not checked for long, by the day of drafting."""
    cited = [LAWS[ground["id"]] for ground in notice.stated.get("grounds", ()) if ground["id"] in LAWS]
    return [*filter(None, (law.unchecked(notice.drafted_at.date()) for law in cited))]
