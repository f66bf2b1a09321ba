"""What an answer is when it is not the document that was asked for: one page's trouble, said as what it is."""

from collections.abc import Mapping
from dataclasses import dataclass

from crawler.absent import leads_away, names_front, says_not_found
from crawler.block_pages import REMEDIES, block_page, of_status, protected
from crawler.guard import printable
from crawler.types import Trouble

Verdict = tuple[str, Trouble]
"""Why, as the end of a sentence that begins with the address; and its kind."""


@dataclass(frozen=True)
class Answer:
    """asked: the address that was asked for; url: the one that answered, after redirects. headers: names in lower case. Both
    addresses are canonical."""

    asked: str
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """As the header says; empty without one."""
        return self.headers.get("content-type", "")


def of_answer(answer: Answer) -> Verdict | None:
    """Of any document: a status other than 200 is none."""
    if answer.status == 200:
        return None
    trouble = block_page(answer.url, answer.status, answer.headers, answer.body) or of_status(answer.status)
    reason = f": {REMEDIES[trouble]}" if trouble in REMEDIES else ""
    through = f", by way of {printable(answer.url)}" if answer.url != answer.asked else ""
    return f"answered {answer.status}{through}{reason}", trouble


def of_page(answer: Answer, *, seed: bool, shows_video: bool) -> Verdict | None:
    """Of a page that answered 200. seed: it is the source itself, whose redirects are its owner's business. The videos on a post
    that wants its password stand beside it; whatever else shows a video is a page."""
    if protected(answer.body):
        return "is protected by a password", Trouble.PROTECTED
    if not seed and leads_away(answer.asked, answer.url):
        return f"leads to the front page, {printable(answer.url)}", Trouble.AWAY
    if shows_video:
        return None
    behind = block_page(answer.url, 200, answer.headers, answer.body)
    if behind is not None:
        return f"shows a wall in place of its content: {REMEDIES[behind]}", behind
    if says_not_found(answer.body, answer.content_type):
        return "answers with a page that says it was not found", Trouble.NOT_FOUND
    return None


def remark(answer: Answer, *, seed: bool, shows_video: bool) -> str | None:
    """What has to be said of a page that was read, as what goes on from a number of pages."""
    if seed and leads_away(answer.asked, answer.url):
        return "sent on to a front page"
    if not shows_video and names_front(answer.body, answer.content_type, answer.url):
        return "with the front page given as the address, which may not be what was asked for"
    return None
