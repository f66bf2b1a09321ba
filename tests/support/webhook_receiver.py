"""A receiver of webhooks, as a program of its own: `python -m tests.support.webhook_receiver LOG DIES`.

It writes down each message before it answers. DIES: "before" kills it after that and before the answer, "instead" before it
wrote anything down, "never" lets it live.
"""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


def main(log: Path, dies: str) -> None:
    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            if dies == "instead":
                os.kill(os.getpid(), signal.SIGKILL)
            with log.open("a", encoding="utf-8") as out:
                out.write(json.dumps({"headers": dict(self.headers.items()), "body": body}) + "\n")
            if dies == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", int(sys.argv[3])), Receiver)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
