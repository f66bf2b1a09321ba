"""Objects at a place in a bucket of an S3-compatible store, by their keys."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, BinaryIO

from registry.vault.base import Locked
from registry.vault.bucket_place import Place
from registry.vault.files import VaultUnusable
from registry.vault.s3_client import client_for, in_our_words

PART = 16 << 20
"""Bytes of one part of a large object; what is smaller goes in one request."""
BLOCK = 1 << 20
_ABSENT = frozenset({"404", "NoSuchKey", "NotFound", "NoSuchUpload", "NoSuchVersion"})
_THERE = frozenset({"412", "PreconditionFailed", "409", "ConditionalRequestConflict"})
_UNKNOWN = frozenset({"501", "NotImplemented", "405", "MethodNotAllowed"})
_UNLOCKABLE = frozenset({"InvalidRequest", "ObjectLockConfigurationNotFoundError", *_UNKNOWN})


class Bucket:
    """Objects by their keys, which begin with the place's prefix by themselves. Any thread may use it.

    Nothing is loaded or asked before it is needed. Every method raises VaultUnusable, which says whether trying again may help.
    knows_conditions: whether the store has not refused a condition yet; one that does puts over what is there.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self.knows_conditions = True
        self._made: Any = None
        self._lock = Lock()

    def put(
        self, key: str, file: BinaryIO, size: int, *, only_new: bool, begun: set[str] | None = None, over: str | None = None
    ) -> bool:
        """Put a file's bytes there, whole or not at all. only_new: leave what is there, and say False, where the store can.

        begun: the key is in it by the end where parts may have stayed in the store, for abort. over: the version that alone is
        replaced; where another is there by now, or none, nothing is put, and it says False.
        """
        extra = {"IfNoneMatch": "*"} if only_new else {"IfMatch": over} if over is not None else {}
        with self._told("write") as client:
            try:
                if size > PART:
                    self._put_in_parts(client, key, file, extra, begun if begun is not None else set())
                else:
                    client.put_object(**self._at(key), Body=file.read(), **extra)
            except client.exceptions.ClientError as error:
                if _code(error) in _THERE or (over is not None and _code(error) in _ABSENT):
                    return False
                if extra and _code(error) in _UNKNOWN:
                    # The name is a digest, so that nothing else is overwritten; what is to be replaced is asked for just before.
                    self.knows_conditions = False
                    if over is not None and self.version(key) != over:
                        return False
                    file.seek(0)
                    return self.put(key, file, size, only_new=False, begun=begun)
                raise
        return True

    def _put_in_parts(self, client: Any, key: str, file: BinaryIO, extra: dict[str, str], begun: set[str]) -> None:
        begun.add(key)
        upload = {**self._at(key), "UploadId": client.create_multipart_upload(**self._at(key))["UploadId"]}
        try:
            parts: list[dict[str, Any]] = []
            while body := file.read(PART):
                number = len(parts) + 1
                parts.append({"PartNumber": number, "ETag": client.upload_part(**upload, PartNumber=number, Body=body)["ETag"]})
            client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts}, **extra)
        except BaseException:
            # What does not come away now is looked for when the vault is next opened.
            with suppress(Exception):
                client.abort_multipart_upload(**upload)
                begun.discard(key)
            raise
        begun.discard(key)

    def abort(self, key: str) -> None:
        """Forget the parts of what was never put whole there."""
        with self._told("tidy up") as client:
            begun = client.list_multipart_uploads(Bucket=self.place.bucket, Prefix=self._at(key)["Key"]).get("Uploads", ())
            for upload in begun:
                if upload["Key"] == self._at(key)["Key"]:
                    client.abort_multipart_upload(**self._at(key), UploadId=upload["UploadId"])

    def read(self, key: str, first: int | None = None) -> Iterator[bytes] | None:
        """The bytes there, or so many from the first on; None for nothing. The store is asked before this returns."""
        part = {} if first is None else {"Range": f"bytes=0-{first - 1}"}
        with self._told("read") as client:
            try:
                body = client.get_object(**self._at(key), **part)["Body"]
            except client.exceptions.ClientError as error:
                if _code(error) in _ABSENT:
                    return None
                raise
        return self._pieces(body)

    def _pieces(self, body: Any) -> Iterator[bytes]:
        with closing(body):
            while True:
                with self._told("read"):
                    piece = body.read(BLOCK)
                if not piece:
                    return
                yield piece

    def version(self, key: str) -> str | None:
        """What tells an object from any other that takes its place; None for no object."""
        found = self._head(key)
        return None if found is None else str(found["ETag"])

    def has(self, key: str) -> bool:
        """Whether an object is there."""
        return self._head(key) is not None

    def _head(self, key: str, **version: str) -> dict[str, Any] | None:
        with self._told("look for") as client:
            try:
                found: dict[str, Any] = client.head_object(**self._at(key), **version)
            except client.exceptions.ClientError as error:
                if _code(error) in _ABSENT:
                    return None
                raise
        return found

    def keys(self, begins: str) -> Iterator[str]:
        """All keys that begin so, without the place's prefix, in their order."""
        with self._told("list") as client:
            pages = client.get_paginator("list_objects_v2").paginate(
                Bucket=self.place.bucket, Prefix=f"{self.place.prefix}{begins}"
            )
            for page in pages:
                yield from (each["Key"].removeprefix(self.place.prefix) for each in page.get("Contents", ()))

    def delete(self, key: str, *, all_but_newest: bool = False) -> None:
        """Remove an object with all its versions, or the older ones alone. Raises Locked for one that the store keeps."""
        with self._told("delete") as client:
            for version in self._versions(client, key):
                if all_but_newest and version["IsLatest"]:
                    continue
                try:
                    client.delete_object(**self._at(key), VersionId=version["VersionId"])
                except client.exceptions.ClientError:
                    self._refuse_if_locked(key, version["VersionId"])
                    raise

    def _versions(self, client: Any, key: str) -> list[dict[str, Any]]:
        whole = self._at(key)["Key"]
        pages = client.get_paginator("list_object_versions").paginate(Bucket=self.place.bucket, Prefix=whole)
        found = [each for page in pages for kind in ("Versions", "DeleteMarkers") for each in page.get(kind, ())]
        return [each for each in found if each["Key"] == whole]

    def _refuse_if_locked(self, key: str, version: str) -> None:
        until = (self._head(key, VersionId=version) or {}).get("ObjectLockRetainUntilDate")
        if until is not None and until > datetime.now(UTC):
            raise Locked(
                f"The store keeps {key.rpartition('/')[2]} until {until:%Y-%m-%d %H:%M} UTC.",
                "It is evidence of a bundle; it goes when the policy is applied after that.",
            )

    def lock(self, key: str, days: int) -> None:
        """Have the store keep an object for so many days from now, and never for less than it was to."""
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
        there = self._head(key)
        if there is None or ((held := there.get("ObjectLockRetainUntilDate")) is not None and held >= until):
            return
        with self._told("lock") as client:
            try:
                kept = {"Mode": self.place.lock_mode, "RetainUntilDate": until}
                client.put_object_retention(**self._at(key), Retention=kept)
            except client.exceptions.ClientError as error:
                if _code(error) not in _UNLOCKABLE:
                    raise
                raise VaultUnusable(
                    f"The bucket {self.place.bucket} cannot lock objects.",
                    "Use a bucket that was made with object lock, or set vault.lock_days to 0.",
                ) from error

    def locks_by_default(self) -> bool:
        """Whether the bucket locks everything that is put there; False where the store has no word for it."""
        with self._told("ask about") as client:
            try:
                held = client.get_object_lock_configuration(Bucket=self.place.bucket)["ObjectLockConfiguration"]
            except client.exceptions.ClientError as error:
                if _code(error) in (*_ABSENT, *_UNLOCKABLE, "AccessDenied"):
                    return False
                raise
        return bool(held.get("Rule", {}).get("DefaultRetention"))

    def address(self, key: str, media_type: str, seconds: int) -> str:
        """An address from which whoever has it reads the object, for so many seconds."""
        wanted = {**self._at(key), "ResponseContentType": media_type, "ResponseContentDisposition": "inline"}
        with self._told("sign for") as client:
            return str(client.generate_presigned_url("get_object", Params=wanted, ExpiresIn=seconds))

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self.place.bucket, "Key": f"{self.place.prefix}{key}"}

    @contextmanager
    def _told(self, doing: str) -> Iterator[Any]:
        """The client; what it raises, in our words. doing: its verb."""
        try:
            yield self._client()
        except Exception as error:
            if (told := in_our_words(error, self.place, doing)) is None:
                raise
            raise told from error

    def _client(self) -> Any:
        with self._lock:
            if self._made is None:
                self._made = client_for(self.place)
            return self._made


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
