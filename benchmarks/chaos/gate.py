"""What stands between commands and an object store, and can be killed: whoever was in a transfer loses the connection, and what
the store had taken by then it has."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

_FORWARDING = """
import asyncio, sys
own, port = int(sys.argv[1]), int(sys.argv[2])
async def pump(reader, writer):
    try:
        while block := await reader.read(1 << 14):
            writer.write(block)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
async def serve(reader, writer):
    there = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", own)
    await server.serve_forever()
asyncio.run(main())
"""


class Gate:
    """Passes on what comes to its port. behind: the port of the store."""

    def __init__(self, behind: int) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._behind = behind
        self._process = self._start()

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def start(self) -> None:
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen([sys.executable, "-c", _FORWARDING, str(self.port), str(self._behind)])
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return process


@contextmanager
def gate(behind: int) -> Iterator[Gate]:
    standing = Gate(behind)
    try:
        yield standing
    finally:
        standing.kill()
