"""A real web site on loopback for tests: paths, answers, and a record of what was asked."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Answer:
    """length: the Content-Length to claim; None claims the true one. drip: seconds to wait after each byte."""

    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    drip: float = 0.0


@dataclass
class Site:
    """routes: what each path answers; a path that is not there answers 404. asked: the paths asked for, in order."""

    base: str
    routes: dict[str, Answer | Callable[[], Answer]]
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    accepted: list[str] = field(default_factory=list)

    def url(self, path: str) -> str:
        return self.base + path

    def page(self, path: str, html: str, content_type: str = "text/html; charset=utf-8") -> str:
        self.routes[path] = Answer(html.encode(), content_type)
        return self.url(path)

    def file(self, path: str, body: bytes, content_type: str = "video/mp4") -> str:
        self.routes[path] = Answer(body, content_type)
        return self.url(path)

    def redirect(self, path: str, location: str) -> str:
        self.routes[path] = Answer(status=302, headers={"Location": location})
        return self.url(path)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what some tests are about."""


@contextmanager
def open_site() -> Iterator[Site]:
    """A site on a free port of 127.0.0.1 while the context lasts."""
    server = _Server(("127.0.0.1", 0), BaseHTTPRequestHandler)
    site = Site(f"http://127.0.0.1:{server.server_port}", {})
    server.RequestHandlerClass = _handler(site)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            site.agents.add(self.headers["User-Agent"])
            site.accepted.append(self.headers.get("Accept-Encoding", ""))
            route = site.routes.get(self.path, Answer(b"nothing here", status=404))
            answer = route() if callable(route) else route
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            length = len(answer.body) if answer.length is None else answer.length
            self.send_header("Content-Length", str(length))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self._send(answer)

        def _send(self, answer: Answer) -> None:
            if not answer.drip:
                self.wfile.write(answer.body)
                return
            for byte in answer.body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(answer.drip)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler
