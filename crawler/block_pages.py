"""Block pages: a login, a captcha or a refusal where a page was asked for. They often come with status 200."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from crawler.types import Trouble

_HEAD = 200_000
_LOGIN_PATH = re.compile(rb"/(?:(?:wp-)?log-?in|sign-?in|auth|sso|passport|accounts/login)(?:[/.?]|$)", re.IGNORECASE)
_PASSWORD = re.compile(rb"<input[^>]{0,300}type\s*=\s*[\"']?password")
_TITLE = re.compile(rb"<title[^>]{0,100}>([^<]{0,200})")
_CAPTCHA = (
    *(b"g-recaptcha", b"h-captcha", b"hcaptcha.com/", b"recaptcha/api", b"cf-challenge", b"/cdn-cgi/challenge-platform/"),
    *(b"cf-turnstile", b"geetest", b"arkoselabs"),
)
_CAPTCHA_TITLE = re.compile(
    "captcha|are you (?:a )?(?:human|robot)|just a moment|verify you are human|人机验证|安全验证".encode()
)
_BY_STATUS = {
    401: Trouble.LOGIN,
    403: Trouble.FORBIDDEN,
    404: Trouble.GONE,
    407: Trouble.LOGIN,
    410: Trouble.GONE,
    429: Trouble.RATE_LIMIT,
    451: Trouble.FORBIDDEN,
}
REMEDIES = {
    Trouble.LOGIN: "it wants a login",
    Trouble.CAPTCHA: "it wants a person to solve a captcha",
    Trouble.FORBIDDEN: "it does not let us in",
    Trouble.RATE_LIMIT: "it wants fewer requests",
    Trouble.GONE: "it is gone",
}
_FORM = 1_500
"""A page with more words than this is no form to log in, but a page with such a form on it."""
_TAG = re.compile(rb"<[^<>]*>")
_POST_PASSWORD = (b"post-password-form", b"action=postpass")
_LISTING = re.compile(rb"<body[^>]{0,500}class\s*=\s*[\"'][^\"']{0,1000}\b(?:blog|archive|search-results)\b")


def of_status(status: int) -> Trouble:
    """What kind of trouble a status other than 200 is."""
    return Trouble.SERVER if status >= 500 else _BY_STATUS.get(status, Trouble.OTHER)


def is_login(url: str) -> bool:
    """Whether an address is, by its name, that of a form to log in: nothing that should be read."""
    return _LOGIN_PATH.search(urlsplit(url).path.encode("ascii", "replace")) is not None


def protected(body: bytes) -> bool:
    """Whether a page is a post that asks for its password. A list of posts with such a one among them is not."""
    head = body[:_HEAD].lower()
    return any(mark in head for mark in _POST_PASSWORD) and _LISTING.search(head) is None


def block_page(url: str, status: int, headers: Mapping[str, str], body: bytes) -> Trouble | None:
    """Which kind of block page an answer is, or None. url: the final one; headers: names in lower case. Pure; a guess by
    well-known marks, to be asked only of an answer that shows no video."""
    # Plain searches: this is asked of every page without a video, and most pages have none.
    head = body[:_HEAD].lower()
    if headers.get("cf-mitigated", "").lower() == "challenge" or _is_captcha(head):
        return Trouble.CAPTCHA
    if status != 200:
        return None
    if is_login(url) or (b"password" in head and _PASSWORD.search(head) and _words(head) < _FORM):
        return Trouble.LOGIN
    return None


def _is_captcha(head: bytes) -> bool:
    title = _TITLE.search(head)
    return any(mark in head for mark in _CAPTCHA) or (title is not None and _CAPTCHA_TITLE.search(title[1]) is not None)


def _words(head: bytes) -> int:
    """How many bytes of text a page shows, about. Each search begins where the last ended: hostile markup costs no more."""
    for name in (b"script", b"style"):
        kept, at = [], 0
        while (opened := head.find(b"<" + name, at)) >= 0:
            kept.append(head[at:opened])
            closed = head.find(b"</" + name, opened)
            at = closed + 1 if closed >= 0 else len(head)
        head = b" ".join([*kept, head[at:]])
    return len(b" ".join(_TAG.sub(b" ", head).split()))
