"""The benchmark's web: 50 hosts on loopback addresses, 2,000 pages, 500 videos, one of them of 2 GiB, made as they are sent.

Started by `benchmarks.crawl` as ``python -m benchmarks.crawl_site PORT``.
"""

import asyncio
import hashlib
import json
import sys
from collections import Counter
from dataclasses import dataclass, field

HOSTS = [f"127.0.{10 + number // 10}.{1 + number % 10}" for number in range(50)]
EVIL = "127.0.99.1"
"""A host whose front page leads to pages that take longer to parse than anybody waits."""
EVIL_PAGES = 100
PAGES = 40
VIDEOS = 10
LARGE = 2 << 30
SMALL = 64 << 10
CHANGED_PAGES = (7,)
CHANGED_VIDEOS = (3,)
_BLOCK = hashlib.shake_256(b"noise").digest(1 << 20)
_TEXT = "<p>" + "Lorem ipsum dolor sit amet, consectetur adipiscing elit. " * 120 + "</p>"
# libxml2 compares each attribute of an element with each: a minute of a processor's time in 700 kB.
COSTLY = b"<html><body><a " + b" ".join(b"a%d=1" % number for number in range(80_000)) + b">x</a></body></html>"
_HEAD = (24).to_bytes(4, "big") + b"ftypisom\0\0\0\0isommp41"


@dataclass
class Web:
    """generation: 1 at first, 2 once some pages and videos have changed. counts: answers by kind and status."""

    generation: int = 1
    counts: Counter[str] = field(default_factory=Counter)
    sent: int = 0

    def version(self, number: int, changed: tuple[int, ...]) -> int:
        return self.generation if number in changed else 1

    def page(self, host: str, number: int) -> bytes:
        links = (
            "".join(f'<a href="/p{each}">page {each}</a>' for each in range(1, PAGES)) if number == 0 else '<a href="/">front</a>'
        )
        video = f'<video src="/v{number - 1}.mp4"></video>' if 1 <= number <= VIDEOS else ""
        title = f"Page {number} of {host}, version {self.version(number, CHANGED_PAGES)}"
        return f"<html><head><title>{title}</title></head><body>{links}{video}{_TEXT}</body></html>".encode()


def video_size(host: str, number: int) -> int:
    return LARGE if (host, number) == (HOSTS[0], 0) else SMALL


def video_head(host: str, number: int, version: int) -> bytes:
    """The boxes before the media data, which is the rest of the file; they make each file another one."""
    name = f"{host} {number} {version}".encode()
    free = (8 + len(name)).to_bytes(4, "big") + b"free" + name
    moov = (8).to_bytes(4, "big") + b"moov"
    left = video_size(host, number) - len(_HEAD) - len(free) - len(moov)
    return _HEAD + free + moov + (1).to_bytes(4, "big") + b"mdat" + left.to_bytes(8, "big")


async def send_video(writer: asyncio.StreamWriter, head: bytes, size: int, start: int) -> None:
    at = start
    while at < size:
        if at < len(head):
            piece = head[at:]
        else:
            offset = (at - len(head)) % len(_BLOCK)
            piece = _BLOCK[offset : offset + size - at]
        writer.write(piece)
        at += len(piece)
        await writer.drain()


async def answer(web: Web, host: str, path: str, headers: dict[str, str], writer: asyncio.StreamWriter) -> None:
    if path.startswith("/_"):
        await control(web, path, writer)
        return
    if host == EVIL:
        answer_costly(path, writer)
        return
    name, _, ending = path[2:].partition(".")
    number = int(name) if name.isdecimal() else 0
    video = path.startswith("/v") and ending == "mp4" and name.isdecimal()
    if not video and path != "/" and not (path.startswith("/p") and name.isdecimal()):
        web.counts["other 404"] += 1
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        return
    version = web.version(number, CHANGED_VIDEOS if video else CHANGED_PAGES)
    etag = f'"{path}-{version}"'
    kind = "video" if video else "page"
    if headers.get("if-none-match") == etag:
        web.counts[f"{kind} 304"] += 1
        writer.write(f"HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\nContent-Length: 0\r\n\r\n".encode())
        return
    if not video:
        body = web.page(host, number)
        web.counts["page 200"] += 1
        web.sent += len(body)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nETag: {etag}\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        return
    await answer_video(web, host, number, version, etag, headers, writer)


def answer_costly(path: str, writer: asyncio.StreamWriter) -> None:
    """Each page is another one, so that none is known from another."""
    if path == "/robots.txt":
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        return
    links = "".join(f'<a href="/p{each}">x</a>' for each in range(EVIL_PAGES)).encode()
    body = links if path == "/" else b"<!-- %b -->%b" % (path.encode(), COSTLY)
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


async def answer_video(
    web: Web, host: str, number: int, version: int, etag: str, headers: dict[str, str], writer: asyncio.StreamWriter
) -> None:
    size = video_size(host, number)
    start = 0
    if headers.get("if-range") == etag and headers.get("range", "").startswith("bytes="):
        start = int(headers["range"][6:].rstrip("-"))
    status = "206 Partial Content" if start else "200 OK"
    web.counts[f"video {status[:3]}"] += 1
    web.sent += size - start
    span = f"Content-Range: bytes {start}-{size - 1}/{size}\r\n" if start else ""
    lines = f"Content-Type: video/mp4\r\nETag: {etag}\r\n{span}Content-Length: {size - start}\r\n"
    writer.write(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode())
    await send_video(writer, video_head(host, number, version), size, start)


async def control(web: Web, path: str, writer: asyncio.StreamWriter) -> None:
    if path == "/_change":
        web.generation = 2
    body = json.dumps({"counts": dict(web.counts), "sent": web.sent}).encode()
    web.counts.clear()
    web.sent = 0
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


async def serve(web: Web, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    host = writer.get_extra_info("sockname")[0]
    try:
        while line := await reader.readline():
            headers = {}
            while (field_line := await reader.readline()).strip():
                name, _, value = field_line.decode("latin-1").partition(":")
                headers[name.strip().lower()] = value.strip()
            await answer(web, host, line.split(b" ")[1].decode("latin-1"), headers, writer)
            await writer.drain()
            if headers.get("connection") == "close":
                break
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def main() -> None:
    web = Web()
    server = await asyncio.start_server(lambda r, w: serve(web, r, w), [*HOSTS, EVIL], int(sys.argv[1]), backlog=1024)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
