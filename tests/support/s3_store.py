"""An S3-compatible store of the tests' own: moto's server on loopback, asked over HTTP, and what others do in it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from boto3.session import Session
from botocore.config import Config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from registry.keys import Keys, beside
from registry.vault.bucket_place import Place
from registry.vault.s3 import S3Vault

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_NUMBERS = count(1)
ACCESS, SECRET = "AKIAIOSFODNN7EXAMPLE", "not-a-secret-of-anybody"


@dataclass(frozen=True)
class Store:
    """A store that runs. client: of somebody else's who may do everything."""

    endpoint: str
    client: Any

    def new_place(self, prefix: str = "captures/", *, locking: bool = False) -> Place:
        """A place in a bucket of its own; locking: in one with versions and object lock."""
        bucket = f"bucket-{next(_NUMBERS)}"
        self.client.create_bucket(Bucket=bucket, **({"ObjectLockEnabledForBucket": True} if locking else {}))
        return Place(bucket, prefix, self.endpoint, access_key=ACCESS, secret_key=SECRET)

    def keys(self, place: Place) -> list[str]:
        """Everything that lies in the bucket."""
        return [each["Key"] for each in self.client.list_objects_v2(Bucket=place.bucket).get("Contents", ())]

    def versions(self, place: Place, key: str = "") -> list[Any]:
        """All versions of what begins so, and marks of what was deleted."""
        found = self.client.list_object_versions(Bucket=place.bucket, Prefix=f"{place.prefix}{key}")
        return [*found.get("Versions", ()), *found.get("DeleteMarkers", ())]

    def change(self, place: Place, sha256: str, content: bytes, folder: str = "sha256") -> None:
        """Put other bytes in an object's place."""
        self.client.put_object(Bucket=place.bucket, Key=key_of(place, sha256, folder), Body=content)

    def remove(self, place: Place, sha256: str, folder: str = "sha256") -> None:
        self.client.delete_object(Bucket=place.bucket, Key=key_of(place, sha256, folder))


def key_of(place: Place, sha256: str, folder: str = "sha256") -> str:
    return f"{place.prefix}{folder}/{sha256[:2]}/{sha256[2:4]}/{sha256}"


@contextmanager
def store(*, conditions: bool = True) -> Iterator[Store]:
    """A new store for as long as the block lasts. conditions: whether it knows If-None-Match; not every store does."""
    app: WSGIApplication = DomainDispatcherApplication(create_backend_app)
    server = make_server(
        "127.0.0.1", 0, app if conditions else _without_conditions(app), threaded=True, request_handler=MotoRequestHandler
    )
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        endpoint = f"http://127.0.0.1:{server.port}"
        names = {"aws_access_key_id": "other", "aws_secret_access_key": "other", "region_name": "us-east-1"}
        client = Session().client("s3", endpoint_url=endpoint, config=Config(s3={"addressing_style": "path"}), **names)
        yield Store(endpoint, client)
    finally:
        server.shutdown()
        thread.join()


def _without_conditions(app: "WSGIApplication") -> "WSGIApplication":
    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if "HTTP_IF_NONE_MATCH" not in environ:
            return app(environ, start_response)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response("501 Not Implemented", [("Content-Type", "application/xml")])
        return [b"<Error><Code>NotImplemented</Code><Message>If-None-Match</Message></Error>"]

    return answer


def vault_in(folder: Path, place: Place, keys: Keys | None = None, **told: Any) -> S3Vault:
    """A vault whose files on this disk lie in folder/vault."""
    return S3Vault(folder / "vault", place, keys or beside(folder / "vault"), **told)
