"""An S3-compatible store of the tests' own: moto's server on loopback, asked over HTTP, and what others do in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from boto3.session import Session
from botocore.config import Config
from moto.server import ThreadedMotoServer

from registry.keys import Keys, beside
from registry.vault.bucket_place import Place
from registry.vault.s3 import S3Vault

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
def store() -> Iterator[Store]:
    """A new store for as long as the block lasts."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        names = {"aws_access_key_id": "other", "aws_secret_access_key": "other", "region_name": "us-east-1"}
        client = Session().client("s3", endpoint_url=endpoint, config=Config(s3={"addressing_style": "path"}), **names)
        yield Store(endpoint, client)
    finally:
        server.stop()


def vault_in(folder: Path, place: Place, keys: Keys | None = None, **told: Any) -> S3Vault:
    """A vault whose files on this disk lie in folder/vault."""
    return S3Vault(folder / "vault", place, keys or beside(folder / "vault"), **told)
