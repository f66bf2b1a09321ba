"""What whoever drafts a letter should know of the laws that it rests on, or does not."""

from reports.notices.laws.known import LAWS
from reports.notices.notice import Notice


def ground_warnings(notice: Notice) -> list[str]:
    """Why laws of the letter's place are not cited, and which cited ones were not checked for long, by the day of drafting."""
    cited = [LAWS[ground["id"]] for ground in notice.stated.get("grounds", ()) if ground["id"] in LAWS]
    unchecked = [law.unchecked(notice.drafted_at.date()) for law in cited]
    return [*notice.stated.get("left", ()), *filter(None, unchecked)]
