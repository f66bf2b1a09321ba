"""What a bucket brings with it: a network, a server that may do anything, other people's hands, and versions that stay."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from registry.crypto import Keyring, sealed_by
from registry.errors import Damaged, NotFound
from registry.vault.base import Locked
from registry.vault.bucket import PART
from registry.vault.bucket_place import Place
from registry.vault.files import VaultUnusable
from registry.vault.s3 import S3Vault
from tests.support.s3_store import SECRET, Store, key_of, store, vault_in

PIECES = [b"a film " * 1000]
DIGEST = hashlib.sha256(b"".join(PIECES)).hexdigest()


@pytest.fixture(scope="module")
def s3_store() -> Iterator[Store]:
    with store() as running:
        yield running


@pytest.fixture
def place(s3_store: Store) -> Place:
    return s3_store.new_place()


def large() -> Iterator[bytes]:
    """More than two parts."""
    return (bytes([number]) * (1 << 20) for number in range(2 * (PART >> 20) + 1))


def test_a_large_object_goes_in_parts_and_comes_back(s3_store: Store, place: Place, tmp_path: Path) -> None:
    vault = vault_in(tmp_path, place)
    stored = vault.put(large())
    assert s3_store.client.head_object(Bucket=place.bucket, Key=key_of(place, stored.sha256))["ETag"].endswith('-3"')
    vault.verify(stored.sha256)
    # Nothing but the mark, the object, and what another machine would have to fetch.
    other = tmp_path / "other"
    (other / "vault").mkdir(parents=True)
    (other / "vault" / "bucket-id").write_bytes((tmp_path / "vault" / "bucket-id").read_bytes())
    with vault_in(other, place).as_file(stored.sha256) as path:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == stored.sha256


def test_an_object_that_somebody_exchanged_is_damaged_wherever_it_is_read(s3_store: Store, place: Place, tmp_path: Path) -> None:
    vault = vault_in(tmp_path, place)
    vault.put(PIECES)
    s3_store.change(place, DIGEST, b"a film " * 999 + b"a fake ")
    elsewhere = vault_in(_same_workspace(tmp_path), place)
    with pytest.raises(Damaged, match=DIGEST):
        b"".join(elsewhere.chunks(DIGEST))
    with pytest.raises(Damaged, match=DIGEST), elsewhere.as_file(DIGEST):
        raise AssertionError("it was given out")
    assert not list((tmp_path / "again" / "vault" / "cached").iterdir())
    sealed = vault.put([b"a reference"], private=True).sha256
    s3_store.change(place, sealed, b"no seal at all", "private")
    with pytest.raises(Damaged):
        vault.verify(sealed)


def _same_workspace(folder: Path) -> Path:
    """The workspace with nothing of it on the disk but the id of its place, and its keys."""
    again = folder / "again"
    (again / "vault").mkdir(parents=True)
    (again / "vault" / "bucket-id").write_bytes((folder / "vault" / "bucket-id").read_bytes())
    return again


def test_an_object_that_went_from_the_bucket_is_not_found(s3_store: Store, place: Place, tmp_path: Path) -> None:
    vault = vault_in(tmp_path, place)
    vault.put(PIECES)
    s3_store.remove(place, DIGEST)
    assert DIGEST not in vault
    for read in (vault.verify, vault.chunks, lambda sha256: vault.kept(sha256, private=False)):
        with pytest.raises(NotFound, match=DIGEST):
            read(DIGEST)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"bucket": "nobody-made-this"}, "There is no bucket nobody-made-this"),
        ({"endpoint": "http://127.0.0.1:9"}, "cannot be reached"),
    ],
)
def test_what_hinders_is_said_with_what_to_do_and_no_secret(
    place: Place, tmp_path: Path, change: dict[str, str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = vault_in(tmp_path, replace(place, **change))
    with pytest.raises(VaultUnusable, match=says) as refused:
        vault.put(PIECES)
    assert refused.value.remedy
    assert refused.value.retryable is ("endpoint" in change)
    assert SECRET not in f"{refused.value}{refused.value!r}{place!r}{vault!r}"
    assert not list((tmp_path / "vault" / "incoming").iterdir())


@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied"])
def test_wrong_credentials_are_told(tmp_path: Path, code: str) -> None:
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
    with _answering(
        b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    ) as at:
        vault = vault_in(tmp_path, Place("captures", "", at, access_key="AKIAWRONG", secret_key=SECRET))
        with pytest.raises(VaultUnusable, match=f"did not let us .*{code}") as refused:
            vault.put(PIECES)
    assert "Check the access key" in refused.value.remedy
    assert not refused.value.retryable
    assert SECRET not in str(refused.value)


def test_a_connection_that_breaks_off_may_be_tried_again(tmp_path: Path) -> None:
    with _answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf") as at:
        vault = vault_in(tmp_path, Place("captures", "", at, access_key="A", secret_key="B"))
        with pytest.raises(VaultUnusable, match="cannot be reached, or broke off") as broken:
            vault.put(PIECES)
    assert broken.value.retryable


def _answering(answer: bytes) -> "_Answering":
    return _Answering(answer)


class _Answering:
    """A server that says the same to whoever asks, and closes."""

    def __init__(self, answer: bytes) -> None:
        self._script = (
            "import socket, sys\n"
            "listening = socket.socket(fileno=int(sys.argv[1]))\n"
            "while True:\n"
            "    asked, _ = listening.accept()\n"
            "    asked.recv(65536)\n"
            "    asked.sendall(bytes.fromhex(sys.argv[2]))\n"
            "    asked.close()\n"
        )
        self._answer = answer

    def __enter__(self) -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        number = listening.fileno()
        words = [sys.executable, "-c", self._script, str(number), self._answer.hex()]
        self._child = subprocess.Popen(words, pass_fds=[number])
        port = listening.getsockname()[1]
        listening.close()
        return f"http://127.0.0.1:{port}"

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.wait()


def test_a_place_is_one_workspaces_and_one_that_was_emptied_is_refused(s3_store: Store, place: Place, tmp_path: Path) -> None:
    vault = vault_in(tmp_path / "one", place)
    vault.put(PIECES)
    with pytest.raises(VaultUnusable, match="holds the objects of another workspace"):
        list(vault_in(tmp_path / "two", place).public())
    vault_in(tmp_path / "two", replace(place, prefix="elsewhere/")).put(PIECES)
    s3_store.client.delete_object(Bucket=place.bucket, Key=f"{place.prefix}semblance-vault")
    with pytest.raises(VaultUnusable, match="the mark semblance-vault is absent"):
        vault_in(tmp_path / "one", place).put(PIECES)


def test_a_writer_that_was_killed_amid_an_upload_leaves_nothing_once_the_vault_is_opened(
    s3_store: Store, place: Place, tmp_path: Path
) -> None:
    vault_in(tmp_path, place).check_writable()
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from registry.vault.bucket_place import Place\n"
        "from tests.support.s3_store import vault_in\n"
        "vault = vault_in(Path(sys.argv[1]), Place(*sys.argv[2:5], access_key='a', secret_key='b'))\n"
        "sent = vault._bucket._client().meta.events\n"
        "count = []\n"
        "def after(**_):\n"
        "    count.append(1)\n"
        "    if len(count) == 2:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "sent.register('after-call.s3.UploadPart', after)\n"
        "vault.put(bytes([number]) * (1 << 20) for number in range(40))\n"
    )
    words = [sys.executable, "-c", script, str(tmp_path), place.bucket, place.prefix, place.endpoint]
    assert subprocess.run(words, env={**os.environ, "PYTHONPATH": "."}, check=False).returncode == -signal.SIGKILL
    begun = s3_store.client.list_multipart_uploads(Bucket=place.bucket).get("Uploads", [])
    assert len(begun) == 1
    assert len(list((tmp_path / "vault" / "incoming").iterdir())) == 1
    vault = vault_in(tmp_path, place)
    assert not s3_store.client.list_multipart_uploads(Bucket=place.bucket).get("Uploads", [])
    assert not list((tmp_path / "vault" / "incoming").iterdir())
    assert list(vault.public()) == []


def test_parts_that_could_not_be_taken_back_are_by_the_next_opening(s3_store: Store, place: Place, tmp_path: Path) -> None:
    vault = vault_in(tmp_path, place)
    vault.check_writable()
    content = list(large())
    for _ in range(2):
        _put_while_the_network_fails(vault, content)
    assert len(s3_store.client.list_multipart_uploads(Bucket=place.bucket)["Uploads"]) == 2
    vault_in(tmp_path, place)
    assert not s3_store.client.list_multipart_uploads(Bucket=place.bucket).get("Uploads", [])
    assert not list((tmp_path / "vault" / "incoming").iterdir())
    vault.put(content)
    assert not list((tmp_path / "vault" / "incoming").iterdir())


def _put_while_the_network_fails(vault: S3Vault, content: list[bytes]) -> None:
    """The network goes after the first part, so that its abort does not get through, either."""
    events, sent = vault._bucket._client().meta.events, []

    def fails(**_: object) -> None:
        sent.append(1)
        if len(sent) > 1:
            raise EndpointConnectionError(endpoint_url=vault._bucket.place.endpoint)

    names = ("before-call.s3.UploadPart", "before-call.s3.AbortMultipartUpload")
    for name in names:
        events.register(name, fails)
    with pytest.raises(VaultUnusable, match="cannot be reached"):
        vault.put(content)
    for name in names:
        events.unregister(name, fails)


def test_an_object_that_is_deleted_while_it_is_fetched_leaves_no_copy(place: Place, tmp_path: Path) -> None:
    vault, other = vault_in(tmp_path, place), vault_in(tmp_path, place)
    vault.put(PIECES)
    cached = tmp_path / "vault" / "cached"
    (cached / DIGEST).unlink()

    def deleted(**_: object) -> None:
        other.delete(DIGEST, private=False)

    # By then the store has answered with the bytes.
    vault._bucket._client().meta.events.register("after-call.s3.GetObject", deleted)
    with pytest.raises(NotFound, match=DIGEST), vault.as_file(DIGEST):
        raise AssertionError("it was given out")
    assert not list(cached.iterdir())


def test_copies_take_no_more_than_they_may_and_those_in_use_stay(place: Place, tmp_path: Path) -> None:
    vault = vault_in(tmp_path, place, cache_bytes=250_000)
    digests = [vault.put([bytes([number]) * 100_000]).sha256 for number in range(4)]
    cached = tmp_path / "vault" / "cached"
    assert sorted(path.name for path in cached.iterdir()) == sorted(digests[2:])
    with vault.as_file(digests[0]) as held, vault.as_file(digests[1]), vault.as_file(digests[2]):
        for digest in digests:
            with vault.as_file(digest) as path:
                assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
        assert held.is_file()
    vault.put([b"one more"])
    assert sum(path.stat().st_size for path in cached.iterdir()) <= 250_000


def test_what_was_deleted_or_sealed_anew_leaves_no_version(s3_store: Store, tmp_path: Path) -> None:
    place = s3_store.new_place(locking=True)
    vault = vault_in(tmp_path, place)
    for _ in range(3):
        private = vault.put([b"a reference"], private=True).sha256
    assert len(s3_store.versions(place, "private")) == 1
    vault.delete(private, private=True)
    vault.put(PIECES)
    vault.delete(DIGEST, private=False)
    assert s3_store.versions(place, "private") == s3_store.versions(place, "sha256") == []


def test_a_store_that_knows_no_conditions_keeps_no_version_either(tmp_path: Path) -> None:
    with store(conditions=False) as forgetful:
        place = forgetful.new_place(locking=True)
        vault = vault_in(tmp_path, place)
        for _ in range(3):
            private = vault.put([b"a reference"], private=True).sha256
            public = vault.put(PIECES).sha256
        assert len(forgetful.versions(place, "private")) == 1
        assert b"".join(vault.chunks(private)) == b"a reference"
        vault.delete(private, private=True)
        vault.delete(public, private=False)
        assert forgetful.versions(place, "private") == forgetful.versions(place, "sha256") == []


def test_evidence_is_locked_and_a_reference_with_the_same_bytes_is_not(s3_store: Store, tmp_path: Path) -> None:
    place = s3_store.new_place(locking=True)
    vault = vault_in(tmp_path, place, lock_days=10)
    vault.put(PIECES)
    vault.put(PIECES, private=True)
    vault.lock(DIGEST)
    with pytest.raises(Locked, match="The store keeps"):
        vault.delete(DIGEST, private=False)
    vault.delete(DIGEST, private=True)
    vault.verify(DIGEST)
    assert s3_store.versions(place, "private") == []
    told = s3_store.client.head_object(Bucket=place.bucket, Key=key_of(place, DIGEST))
    until = told["ObjectLockRetainUntilDate"]
    assert timedelta(days=9) < until - datetime.now(UTC) < timedelta(days=11)
    vault_in(tmp_path, place, lock_days=1).lock(DIGEST)
    assert s3_store.client.head_object(Bucket=place.bucket, Key=key_of(place, DIGEST))["ObjectLockRetainUntilDate"] == until


def test_a_bucket_that_cannot_lock_and_one_that_locks_all_are_told(s3_store: Store, place: Place, tmp_path: Path) -> None:
    vault = vault_in(tmp_path, place, lock_days=1)
    vault.put(PIECES)
    with pytest.raises(VaultUnusable, match="cannot lock objects"):
        vault.lock(DIGEST)
    everything = s3_store.new_place(locking=True)
    rule = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}
    s3_store.client.put_object_lock_configuration(Bucket=everything.bucket, ObjectLockConfiguration=rule)
    with pytest.raises(VaultUnusable, match="references must be erasable"):
        vault_in(tmp_path / "other", everything).put(PIECES)
    assert s3_store.keys(everything) == []


def test_what_is_erased_while_it_is_sealed_anew_stays_erased(
    s3_store: Store, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = vault_in(tmp_path, place)
    kept = vault.put([b"a reference that stays"], private=True).sha256
    erased = vault.put([b"a reference of one who leaves"], private=True).sha256
    vault.keys.source.add_key()  # type: ignore[union-attr]
    vault.keys.forget()
    seal = Keyring.seal_chunks

    def meanwhile(ring: Keyring, chunks: Iterable[bytes]) -> Iterator[bytes]:
        s3_store.remove(place, erased, "private")
        return seal(ring, chunks)

    with monkeypatch.context() as patch:
        patch.setattr(Keyring, "seal_chunks", meanwhile)
        vault.renew()
    assert list(vault.sealed()) == [kept]
    assert erased not in vault
    assert b"".join(vault.chunks(kept)) == b"a reference that stays"
    assert vault.renew() == 0


def test_what_is_put_again_under_the_older_key_while_it_is_sealed_anew_is_sealed_by_the_newer_one(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault, other = vault_in(tmp_path, place), vault_in(tmp_path, place)
    digest = other.put([b"a reference"], private=True).sha256
    vault.keys.source.add_key()  # type: ignore[union-attr]
    vault.keys.forget()
    seal, begun = Keyring.seal_chunks, list[Keyring]()

    def meanwhile(ring: Keyring, chunks: Iterable[bytes]) -> Iterator[bytes]:
        begun.append(ring)
        if len(begun) == 1:
            other.put([b"a reference"], private=True)
        return seal(ring, chunks)

    with monkeypatch.context() as patch:
        patch.setattr(Keyring, "seal_chunks", meanwhile)
        assert vault.renew() == 1
    # Two times the one, and in between the other, which knows the older key alone.
    assert [ring.current == vault.keys.sealing().current for ring in begun] == [True, False, True]
    assert sealed_by(b"".join(vault.kept(digest, private=True))) == vault.keys.sealing().current
