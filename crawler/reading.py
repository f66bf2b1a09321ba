"""Reading one document in a confined process: what it shows, where it leads, and whether it is what was asked for.

`crawler.parsing` asks for it; nothing else parses what comes from the web.
"""

import re
from dataclasses import replace
from urllib.parse import urlsplit

from crawler.block_pages import REMEDIES, block_page
from crawler.documents import Asked, Read, asked_from_bytes, read_to_bytes
from crawler.sources.base import VIDEO_ENDINGS, Page, Parsed
from crawler.sources.kinds import READERS
from crawler.types import SourceKind, Trouble
from crawler.verdict import Answer, Verdict, of_answer, of_page, remark
from isolation.child import Answer as Answering

_TELLING = 8
"""A path this long stands in a page by no accident."""
_ENDS = rb"(?![\w%~-]|\.\w)"
"""After it the name does not go on: the picture clip.mp4.jpg is not clip.mp4."""


def reading(_: bytes) -> Answering:
    """The entry of the confined process (see `isolation.child`)."""
    return lambda job: read_to_bytes(read(*asked_from_bytes(job)))


def read(asked: Asked, body: bytes) -> Read:
    """What a document says. Pure; takes as long as it takes."""
    answer = Answer(asked.asked, asked.final, asked.status, asked.headers, body)
    if (refusal := of_answer(answer)) is not None:
        return Read(verdict=refusal, answered=False)
    page = Page(asked.url, answer.content_type, body, asked.at, asked.shown_on)
    parsed = READERS[asked.kind]("").parse(page)
    return _of_video(answer, parsed, asked.shows) if asked.shows is not None else _of_source(answer, parsed, asked)


def _of_source(answer: Answer, parsed: Parsed, asked: Asked) -> Read:
    shows_video = bool(parsed.discoveries)
    if asked.kind is SourceKind.PAGE:
        said = of_page(answer, seed=asked.seed, shows_video=shows_video)
        words = remark(answer, seed=asked.seed, shows_video=shows_video) if said is None else None
        return Read(parsed, said, words)
    return Read(parsed, None if shows_video else _behind_a_wall(answer))


def _behind_a_wall(answer: Answer) -> Verdict | None:
    behind = block_page(answer.url, 200, answer.headers, answer.body)
    return None if behind is None else (f"shows a wall in place of its content: {REMEDIES[behind]}", Trouble(behind))


def _of_video(answer: Answer, parsed: Parsed, media_url: str) -> Read:
    """Of the one video at that very address."""
    found = tuple(found for found in parsed.discoveries if found.media_url == media_url)[:1]
    named = _names(answer.body, media_url)
    verdict = of_page(answer, seed=False, shows_video=bool(found) or named)
    return Read(replace(Parsed(), discoveries=found), verdict, names=named)


def _names(body: bytes, media_url: str) -> bool:
    """Whether the page's source names the media in whatever script or attribute; JSON may escape its slashes. A file is named by
    its path; what a script sends, by its path and query, since the same path serves others, too."""
    parts = urlsplit(media_url)
    if len(parts.path) < _TELLING:
        return False
    query = "" if parts.path.lower().endswith(VIDEO_ENDINGS) or not parts.query else f"?{parts.query}"
    spelt = {"/": rb"\\?/", "&": rb"(?:&|&amp;|\\u0026)"}
    named = b"".join(spelt.get(letter) or re.escape(letter.encode()) for letter in parts.path + query)
    return re.search(named + _ENDS, body) is not None
