"""A server that signs people in, as small as OpenID Connect lets it be, on loopback; it can be told to do wrong."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

CLIENT, SECRET = "semblance:one", "a secret / that + needs quoting"


@dataclass
class Issuer:
    """subject: who signs in there. algorithm: by which it signs. changes: put into its next tokens; None takes a claim out.

    forge: makes a token of the claims in place of its own way. said: put into its description.
    """

    base: str
    subject: str = "u-4711"
    algorithm: str = "RS256"
    changes: dict[str, Any] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    forge: Any = None
    keys: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    gets: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = {
            "RS256": RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}),
            "ES256": ECKey.generate_key("P-256", {"kid": "two", "use": "sig"}),
        }

    def description(self) -> dict[str, Any]:
        places = {f"{name}_endpoint": f"{self.base}/{name}" for name in ("authorization", "token")}
        return {"issuer": self.base, **places, "jwks_uri": f"{self.base}/jwks", **self.said}

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser goes back to: with a code for whoever is signed in there."""
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.asked.append(query)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state'], 'iss': self.base})}"

    def token(self, fields: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        known = base64.b64decode(authorization.removeprefix("Basic ")).decode() if authorization else ":"
        name, _, secret = known.partition(":")
        if (unquote(name), unquote(secret)) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        query = self.codes.pop(fields["code"], None)
        digest = _coded(hashlib.sha256(fields["code_verifier"].encode()).digest())
        if query is None or query["code_challenge"] != digest or query["redirect_uri"] != fields["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token(query["nonce"])}

    def id_token(self, nonce: str) -> str:
        at = int(time.time())
        claims = {
            "iss": self.base,
            "sub": self.subject,
            "aud": CLIENT,
            "exp": at + 300,
            "iat": at,
            "nonce": nonce,
            "auth_time": at,
        }
        claims = {name: value for name, value in (claims | self.changes).items() if value is not None}
        if self.forge is not None:
            return str(self.forge(claims))
        key = self.keys[self.algorithm]
        return jwt.encode({"alg": self.algorithm, "kid": key.kid}, claims, key)

    def unsigned(self, claims: dict[str, Any]) -> str:
        """alg=none, as a forger would have it."""
        return ".".join([*(_coded(json.dumps(part).encode()) for part in ({"alg": "none"}, claims)), ""])

    def by_public_key(self, claims: dict[str, Any]) -> str:
        """HS256 with what everybody knows of the RSA key as the secret."""
        signed = ".".join(_coded(json.dumps(part).encode()) for part in ({"alg": "HS256", "kid": "one"}, claims))
        public = self.keys["RS256"].as_pem(private=False)
        return f"{signed}.{_coded(hmac.new(public, signed.encode(), hashlib.sha256).digest())}"

    def by_stranger(self, claims: dict[str, Any]) -> str:
        """Signed by another key under the name of its own."""
        stranger = RSAKey.generate_key(2048, {"kid": "one"})
        return jws.serialize_compact({"alg": "RS256", "kid": "one"}, json.dumps(claims), stranger, algorithms=["RS256"])

    def answer(self, path: str) -> dict[str, Any]:
        self.gets.append(path)
        if path == "/.well-known/openid-configuration":
            return self.description()
        return dict(KeySet(list(self.keys.values())).as_dict(private=False))


def _coded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@contextmanager
def issuing() -> Iterator[Issuer]:
    """The server, until the context ends."""

    class Handler(BaseHTTPRequestHandler):
        def _send(self, status: int, said: dict[str, Any]) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path != "/authorization":
                self._send(200, issuer.answer(parts.path))
                return
            self.send_response(303)
            self.send_header("Location", issuer.authorize({name: held[0] for name, held in parse_qs(parts.query).items()}))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            fields = {name: held[0] for name, held in parse_qs(body).items()}
            self._send(*issuer.token(fields, self.headers.get("Authorization", "")))

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
