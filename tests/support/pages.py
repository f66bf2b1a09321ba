"""Pages of sites, as they are read."""

import json

from crawler.sources.base import Page, Parsed
from crawler.sources.page import PageSource

AT = "https://site.example/post/1/"


WATCHED = "https://www.youtube.com/watch?v=abcdef-_123"


def page(html: str, url: str = AT) -> Parsed:
    return PageSource("s").parse(Page(url, "text/html; charset=utf-8", html.encode()))


def media(html: str) -> list[str]:
    return [found.media_url.removeprefix("https://site.example") for found in page(html).discoveries]


def ld(data: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


def quoted(html: str) -> str:
    return html.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
