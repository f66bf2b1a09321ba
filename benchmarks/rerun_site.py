"""The web of `benchmarks.rerun`: 12 hosts on loopback that answer after 100 ms, with 65 videos at first and 6 more later on.

Started as ``python -m benchmarks.rerun_site PORT VALIDATORS``; VALIDATORS is yes where files and pages carry an ETag. It notes
when each request to a host began and ended.
"""

import asyncio
import hashlib
import json
import sys
import time
from dataclasses import dataclass, field

HOSTS = [f"127.0.20.{number}" for number in range(1, 13)]
LATENCY = 0.1
FIRST, NEW = 65, 6
_NOISE = hashlib.shake_256(b"noise").digest(64 << 10)
_HEAD = (24).to_bytes(4, "big") + b"ftypisom\0\0\0\0isommp41"


@dataclass(frozen=True)
class Asked:
    """One request. browser: made by Chromium for a picture; began, ended: on the monotonic clock."""

    host: str
    path: str
    status: int
    browser: bool
    began: float
    ended: float


@dataclass
class Web:
    """shown: how many videos there are; video n is on host n modulo 12."""

    validators: bool
    shown: int = FIRST
    asked: list[Asked] = field(default_factory=list)

    def body(self, host: str, path: str) -> bytes | None:
        own = range(HOSTS.index(host), self.shown, len(HOSTS))
        if path == "/":
            return "".join(f'<p><a href="/p{number}">video {number}</a>' for number in own).encode()
        name = path[2:].removesuffix(".mp4")
        if not name.isdecimal() or int(name) not in own:
            return None
        if path.startswith("/p"):
            return f'<title>Video {name}</title><h1>Video {name}</h1><video src="/v{name}.mp4"></video>'.encode()
        free = (8 + len(name)).to_bytes(4, "big") + b"free" + name.encode()
        return _HEAD + free + (8 + len(_NOISE)).to_bytes(4, "big") + b"mdat" + _NOISE

    def answer(self, host: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        """The status and the whole answer."""
        body = self.body(host, path)
        if body is None:
            return 404, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        lines = f"ETag: {etag}\r\n" if self.validators else ""
        if self.validators and headers.get("if-none-match") == etag:
            return 304, f"HTTP/1.1 304 Not Modified\r\n{lines}Connection: close\r\n\r\n".encode()
        kind = "video/mp4" if path.endswith(".mp4") else "text/html; charset=utf-8"
        lines += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
        return 200, f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + body


async def serve(web: Web, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    host = writer.get_extra_info("sockname")[0]
    try:
        line = await reader.readline()
        began, headers = time.monotonic(), {}
        while (field_line := await reader.readline()).strip():
            name, _, value = field_line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        if not line:
            return
        path = line.split(b" ")[1].decode("latin-1")
        if path.startswith("/_"):
            writer.write(control(web, path))
        else:
            await asyncio.sleep(LATENCY)
            status, answer = web.answer(host, path, headers)
            writer.write(answer)
            await writer.drain()
            web.asked.append(Asked(host, path, status, "sec-fetch-mode" in headers, began, time.monotonic()))
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


def control(web: Web, path: str) -> bytes:
    """/_told gives what was asked since, and forgets it; /_more shows the new videos."""
    if path == "/_more":
        web.shown = FIRST + NEW
    body = json.dumps([vars(each) for each in web.asked]).encode()
    web.asked.clear()
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


async def main() -> None:
    web = Web(sys.argv[2] == "yes")
    server = await asyncio.start_server(lambda r, w: serve(web, r, w), HOSTS, int(sys.argv[1]), backlog=1024)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
