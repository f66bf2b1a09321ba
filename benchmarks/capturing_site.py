"""Fifty slow hosts on loopback addresses: each answers after 200 ms, and sends 1 MB a second, whoever asks and however often.

Started by `benchmarks.capturing` as ``python -m benchmarks.capturing_site PORT BYTES``.
"""

import asyncio
import hashlib
import json
import sys
import time
from dataclasses import dataclass, field

HOSTS = [f"127.0.{40 + number // 10}.{1 + number % 10}" for number in range(50)]
VIDEOS = 10
LATENCY, RATE = 0.2, 1_000_000
_PIECE = 50_000
_BLOCK = hashlib.shake_256(b"noise").digest(1 << 20)
_HEAD = (24).to_bytes(4, "big") + b"ftypisom\0\0\0\0isommp41"


@dataclass
class Host:
    """free_at: when the host has sent what it was last given to send. pause: the shortest from the end of one answer to the next
    request, in seconds."""

    free_at: float = 0.0
    open: int = 0
    most: int = 0
    ended_at: float | None = None
    pause: float | None = None

    def begins(self) -> None:
        at = time.monotonic()
        if self.ended_at is not None:
            self.pause = min(at - self.ended_at, self.pause if self.pause is not None else float("inf"))
        self.open += 1
        self.most = max(self.most, self.open)

    def ends(self) -> None:
        self.open -= 1
        self.ended_at = time.monotonic()


@dataclass
class Web:
    """size: of each video, in bytes. asked: how many requests there were. most: how many were open at a time, on all hosts."""

    size: int
    hosts: dict[str, Host] = field(default_factory=lambda: {name: Host() for name in HOSTS})
    asked: int = 0
    most: int = 0

    def told(self) -> bytes:
        """What was seen since the last time."""
        pauses = [host.pause for host in self.hosts.values() if host.pause is not None]
        seen = {"requests": self.asked, "open_at_once": self.most, "of_one_host": max(h.most for h in self.hosts.values())}
        self.asked = self.most = 0
        self.hosts = {name: Host() for name in HOSTS}
        return json.dumps({**seen, "shortest_pause": round(min(pauses, default=0.0), 3)}).encode()

    def body(self, host: str, path: str) -> bytes | None:
        """What is at a path; None for nothing."""
        name = path[2:].removesuffix(".mp4")
        if not name.isdecimal() or int(name) >= VIDEOS:
            return None
        if path.startswith("/p"):
            return f'<title>Video {name}</title><h1>Video {name}</h1><video src="/v{name}.mp4"></video>'.encode()
        said = f"{host} {name}".encode()
        head = _HEAD + (8 + len(said)).to_bytes(4, "big") + b"free" + said + (8).to_bytes(4, "big") + b"moov"
        left = max(8, self.size - len(head))
        noise = (_BLOCK * (left // len(_BLOCK) + 1))[: left - 8]
        return head + left.to_bytes(4, "big") + b"mdat" + noise


async def send(host: Host, writer: asyncio.StreamWriter, body: bytes) -> None:
    for at in range(0, len(body), _PIECE):
        piece = body[at : at + _PIECE]
        now = time.monotonic()
        host.free_at = max(now, host.free_at) + len(piece) / RATE
        await asyncio.sleep(host.free_at - now)
        writer.write(piece)
        await writer.drain()


async def answer(web: Web, name: str, path: str, writer: asyncio.StreamWriter) -> None:
    host = web.hosts[name]
    web.asked += 1
    host.begins()
    web.most = max(web.most, sum(each.open for each in web.hosts.values()))
    try:
        await asyncio.sleep(LATENCY)
        body = web.body(name, path)
        status, kind = (
            ("200 OK", "video/mp4" if path.endswith(".mp4") else "text/html") if body else ("404 Not Found", "text/plain")
        )
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body or b'')}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        await send(host, writer, body or b"")
    finally:
        host.ends()


async def serve(web: Web, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        line = await reader.readline()
        while (await reader.readline()).strip():
            pass
        if not line:
            return
        path = line.split(b" ")[1].decode("latin-1")
        if path == "/_told":
            said = web.told()
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(said)}\r\nConnection: close\r\n\r\n".encode() + said)
        else:
            await answer(web, writer.get_extra_info("sockname")[0], path, writer)
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def main() -> None:
    web = Web(int(sys.argv[2]))
    server = await asyncio.start_server(lambda r, w: serve(web, r, w), HOSTS, int(sys.argv[1]), backlog=1024)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
