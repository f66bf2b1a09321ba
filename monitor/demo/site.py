"""A small real web site on loopback: a feed, a sitemap, a channel, pages with videos, and some that are broken."""

import html
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from registry.db import now

ODD_TITLE = '<b>Moon Soda</b> 🚀 "best" ad — 宇航员代言 — رائدة الفضاء'
"""What strangers write in titles: markup, an emoji, quotation marks, Chinese and Arabic."""

LICENSED_CHANNEL = "Northlight Kids"
PRIVATE_ADDRESS = "http://10.0.0.7/inside.mp4"


@dataclass(frozen=True)
class Answer:
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DemoSite:
    """base: the address of the site, without a slash at its end."""

    base: str

    @property
    def feed(self) -> str:
        return f"{self.base}/feed.xml"

    @property
    def sitemap(self) -> str:
        return f"{self.base}/sitemap.xml"

    @property
    def channel(self) -> str:
        return f"{self.base}/channel"

    @property
    def closed_channel(self) -> str:
        return f"{self.base}/closed-channel"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


@contextmanager
def open_site(clips: Mapping[str, Path]) -> Iterator[DemoSite]:
    """The site with these clips, on a free port of 127.0.0.1, while the context lasts."""
    server = _Server(("127.0.0.1", 0), BaseHTTPRequestHandler)
    site = DemoSite(f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass = _handler(_routes(site.base, clips))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(routes: Mapping[str, Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = routes.get(self.path, Answer(b"<h1>Not here</h1>", status=404))
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: the demonstration says itself what happens."""

    return Handler


def _routes(base: str, clips: Mapping[str, Path]) -> dict[str, Answer]:
    routes = {f"/media/{name}.mp4": Answer(path.read_bytes(), "video/mp4") for name, path in clips.items()}
    routes["/media/sold-out.mp4"] = Answer(b"<!doctype html><title>Sorry</title><p>This video was sold.", "text/html")
    routes["/media/moved.mp4"] = Answer(status=302, headers={"Location": PRIVATE_ADDRESS})
    routes["/feed.xml"] = Answer(_feed(base).encode(), "application/rss+xml; charset=utf-8")
    routes["/sitemap.xml"] = Answer(_sitemap(base, ("fox-sale", "passers-by")).encode(), "application/xml")
    routes["/channel"] = _page("A channel", _links(("interview", "bedtime", "sold-out", "moved")))
    routes["/watch/moon-soda"] = _page(ODD_TITLE, _player("moon-soda"))
    routes["/watch/fox-sale"] = _page("Fox sale, today only", _json_ld(base, "fox-sale", "Fox sale, today only", "BargainBin"))
    routes["/watch/passers-by"] = _page("Friends at a card table", _player("passers-by"))
    routes["/watch/interview"] = _page("A late talk", "<p>Tonight on the screen.", _open_graph(base, "interview"))
    routes["/watch/bedtime"] = _page("Bedtime with Ember", _json_ld(base, "bedtime", "Bedtime with Ember", LICENSED_CHANNEL))
    routes["/watch/sold-out"] = _page("Sold out", _player("sold-out"))
    routes["/watch/moved"] = _page("Moved", _player("moved"))
    return routes


def _page(title: str, body: str, head: str = "") -> Answer:
    text = f"<!doctype html><html><head><title>{html.escape(title)}</title>{head}</head><body>{body}</body></html>"
    return Answer(text.encode())


def _player(clip: str) -> str:
    return f'<video controls src="/media/{clip}.mp4"></video>'


def _links(clips: tuple[str, ...]) -> str:
    return "".join(f'<p><a href="/watch/{clip}">{clip}</a>' for clip in clips)


def _open_graph(base: str, clip: str) -> str:
    return (
        f'<meta property="og:title" content="A late talk"><meta property="og:video" content="{base}/media/{clip}.mp4">'
        '<meta name="author" content="NightScreen">'
    )


def _json_ld(base: str, clip: str, name: str, author: str) -> str:
    about = {
        "@context": "https://schema.org",
        "@type": "VideoObject",
        "name": name,
        "contentUrl": f"{base}/media/{clip}.mp4",
        "uploadDate": now().isoformat(),
        "author": {"@type": "Organization", "name": author},
    }
    script = json.dumps(about).replace("<", "\\u003c")
    return f'<script type="application/ld+json">{script}</script>{_player(clip)}'


def _feed(base: str) -> str:
    items = ((ODD_TITLE, "moon-soda", "SpaceDealz"), ("A clip that is gone", "gone", "SpaceDealz"))
    entries = "".join(
        f"<item><title>{html.escape(title)}</title><link>{base}/watch/{clip}</link><author>{author}</author>"
        f"<pubDate>{format_datetime(now())}</pubDate>"
        f'<enclosure url="{base}/media/{clip}.mp4" type="video/mp4" length="1"/></item>'
        for title, clip, author in items
    )
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Ads</title>{entries}</channel></rss>'


def _sitemap(base: str, clips: tuple[str, ...]) -> str:
    places = "".join(f"<url><loc>{base}/watch/{clip}</loc></url>" for clip in clips)
    return f'<?xml version="1.0" encoding="utf-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>'
