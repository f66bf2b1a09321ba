"""A real web site on loopback for tests: paths, answers, and a record of what was asked."""

import datetime
import ipaddress
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Answer:
    """length: the Content-Length to claim; None claims the true one. drip: seconds to wait after each byte.

    etag: with one, an unchanged answer is 304. ranged: whether parts are sent when asked for. hang_up_after: how many bytes of
    the body are sent before the connection is cut.
    """

    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    drip: float = 0.0
    etag: str = ""
    ranged: bool = False
    hang_up_after: int | None = None


@dataclass
class Site:
    """routes: what each path answers; a path that is not there answers 404. asked: the paths asked for, in order."""

    base: str
    routes: dict[str, Answer | Callable[[], Answer]]
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    accepted: list[str] = field(default_factory=list)
    answered: list[tuple[str, int]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def url(self, path: str) -> str:
        return self.base + path

    def begin_anew(self, routes: dict[str, Answer | Callable[[], Answer]]) -> None:
        """Answer as these routes say, and know of nothing that was asked."""
        self.routes.clear()
        self.routes.update(routes)
        for noted in (self.asked, self.agents, self.accepted, self.answered, self.keys):
            noted.clear()

    def page(self, path: str, html: str, content_type: str = "text/html; charset=utf-8") -> str:
        self.routes[path] = Answer(html.encode(), content_type)
        return self.url(path)

    def file(self, path: str, body: bytes, content_type: str = "video/mp4") -> str:
        self.routes[path] = Answer(body, content_type)
        return self.url(path)

    def ranged(self, path: str, body: bytes, etag: str, hang_up_after: int | None = None) -> str:
        """A file that is sent in parts when asked for, and not at all to who has it."""
        self.routes[path] = Answer(body, "video/mp4", etag=etag, ranged=True, hang_up_after=hang_up_after)
        return self.url(path)

    def redirect(self, path: str, location: str) -> str:
        self.routes[path] = Answer(status=302, headers={"Location": location})
        return self.url(path)


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what some tests are about."""


@contextmanager
def open_site(address: str = "127.0.0.1") -> Iterator[Site]:
    """A site on a free port of a loopback address while the context lasts."""
    server = _Server((address, 0), BaseHTTPRequestHandler)
    site = Site(f"http://{address}:{server.server_port}", {})
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
            site.keys += self.headers.get_all("X-Goog-Api-Key", [])
            route = site.routes.get(self.path, Answer(b"nothing here", status=404))
            answer = self._asked_for(route() if callable(route) else route)
            site.answered.append((self.path, answer.status))
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            length = len(answer.body) if answer.length is None else answer.length
            self.send_header("Content-Length", str(length))
            if answer.etag:
                self.send_header("ETag", answer.etag)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self._send(answer)

        def _asked_for(self, answer: Answer) -> Answer:
            """The whole, the rest that a Range asks for, or only that nothing changed."""
            if answer.etag and self.headers.get("If-None-Match") == answer.etag:
                return replace(answer, status=304, body=b"")
            wanted = self.headers.get("Range", "")
            if not answer.ranged or not wanted.startswith("bytes=") or self.headers.get("If-Range") != answer.etag:
                return answer
            start = int(wanted[6:].partition("-")[0])
            span = {"Content-Range": f"bytes {start}-{len(answer.body) - 1}/{len(answer.body)}"}
            return replace(answer, status=206, body=answer.body[start:], headers={**answer.headers, **span})

        def _send(self, answer: Answer) -> None:
            if answer.hang_up_after is not None:
                self.wfile.write(answer.body[: answer.hang_up_after])
                self.close_connection = True
                return
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


class UntrustedSite:
    """An https server on loopback whose certificate nobody signed; gives its address. certificate: for those who trust it."""

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "authority.pem"
        self.site = Site("", {})
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        today = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - datetime.timedelta(days=1))
            .not_valid_after(today + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        self._pem = folder / "site.pem"
        self._pem.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            + certificate.public_bytes(serialization.Encoding.PEM)
        )

    def __enter__(self) -> str:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._pem)
        self._server = _Server(("127.0.0.1", 0), _handler(self.site))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return f"https://127.0.0.1:{self._server.server_port}/a.mp4"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
