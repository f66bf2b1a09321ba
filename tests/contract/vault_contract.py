"""What every vault keeps to. A further vault inherits VaultContract and makes itself in make_vault."""

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.crypto import is_sealed
from registry.errors import Damaged, NotFound
from registry.keys import KeyFile
from registry.vault.base import Sealed, Vault

CHUNKS = [b"one ", b"", b"two " * 100_000, b"three"]
DIGEST = hashlib.sha256(b"".join(CHUNKS)).hexdigest()


class Broken(Exception):
    pass


def broken_chunks() -> Iterator[bytes]:
    yield b"half of it"
    raise Broken


class VaultContract:
    def make_vault(self, folder: Path) -> Vault:
        raise NotImplementedError

    def change(self, vault: Vault, sha256: str, content: bytes) -> None:
        """Have other bytes lie where an object in the clear does."""
        raise NotImplementedError

    @pytest.fixture
    def vault(self, tmp_path: Path) -> Vault:
        return self.make_vault(tmp_path)

    def test_bytes_come_back_as_they_went_in(self, vault: Vault) -> None:
        stored = vault.put(CHUNKS)
        assert (stored.sha256, stored.size) == (DIGEST, len(b"".join(CHUNKS)))
        assert b"".join(vault.chunks(DIGEST)) == b"".join(CHUNKS)
        assert DIGEST in vault
        vault.verify(DIGEST)

    def test_an_empty_object_is_an_object(self, vault: Vault) -> None:
        stored = vault.put([])
        assert stored.size == 0
        assert b"".join(vault.chunks(stored.sha256)) == b""

    def test_a_private_object_comes_back_and_is_nowhere_on_the_disk(self, vault: Vault, tmp_path: Path) -> None:
        stored = vault.put(CHUNKS, private=True)
        assert (stored.sha256, stored.size) == (DIGEST, len(b"".join(CHUNKS)))
        assert DIGEST in vault
        vault.verify(DIGEST)
        assert b"".join(vault.chunks(DIGEST)) == b"".join(CHUNKS)
        with vault.opened(DIGEST) as path:
            assert path.read_bytes() == b"".join(CHUNKS)
            assert not [file for file in tmp_path.rglob("*") if file.is_file() and b"two two two" in file.read_bytes()]
        assert not path.exists()
        with pytest.raises(Sealed), vault.as_file(DIGEST):
            raise AssertionError("it was opened")
        vault.delete(DIGEST, private=True)
        assert DIGEST not in vault

    @pytest.mark.parametrize("private", [False, True])
    def test_the_same_bytes_private_and_public_come_and_go_apart(self, vault: Vault, private: bool) -> None:
        vault.put(CHUNKS, private=True)
        vault.put(CHUNKS)
        vault.verify(DIGEST)
        vault.delete(DIGEST, private=private)
        assert DIGEST in vault
        vault.verify(DIGEST)
        assert b"".join(vault.chunks(DIGEST)) == b"".join(CHUNKS)
        if private:
            assert b"".join(vault.chunks(DIGEST)) == b"".join(CHUNKS)
        else:
            with pytest.raises(Sealed), vault.as_file(DIGEST):
                raise AssertionError("it was opened")
        vault.delete(DIGEST, private=private)
        assert DIGEST in vault
        vault.delete(DIGEST, private=not private)
        assert DIGEST not in vault

    def test_any_object_is_opened_and_streamed(self, vault: Vault) -> None:
        vault.put(CHUNKS)
        assert b"".join(vault.chunks(DIGEST)) == b"".join(CHUNKS)
        with vault.opened(DIGEST) as path:
            assert path.read_bytes() == b"".join(CHUNKS)
        with pytest.raises(NotFound), vault.opened("0" * 64):
            raise AssertionError("it was opened")

    def test_what_is_not_private_is_listed_lies_where_others_may_read_and_can_be_sealed(self, vault: Vault) -> None:
        vault.put([b"a reference"], private=True)
        with vault.together():
            vault.put(CHUNKS)
        assert list(vault.public()) == [DIGEST]
        with vault.as_file(DIGEST) as path:
            assert any(path.is_relative_to(folder) for folder in vault.readable)
        assert vault.make_private(DIGEST)
        assert not vault.make_private(DIGEST)
        assert list(vault.public()) == []
        assert b"".join(vault.chunks(DIGEST)) == b"".join(CHUNKS)
        assert vault.renew() == 0

    def test_the_same_bytes_are_kept_once(self, vault: Vault, tmp_path: Path) -> None:
        vault.put(CHUNKS)
        before = sorted(tmp_path.rglob("*"))
        assert vault.put([b"".join(CHUNKS)]).sha256 == DIGEST
        assert sorted(tmp_path.rglob("*")) == before

    @pytest.mark.parametrize("private", [False, True])
    def test_a_writer_that_fails_leaves_nothing(self, vault: Vault, tmp_path: Path, private: bool) -> None:
        with pytest.raises(Broken):
            vault.put(broken_chunks(), private=private)
        assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.parent.name != "keys"]

    def test_a_deleted_object_is_gone_and_may_be_deleted_again(self, vault: Vault) -> None:
        vault.put(CHUNKS)
        vault.delete(DIGEST, private=False)
        vault.delete(DIGEST, private=False)
        assert DIGEST not in vault
        with pytest.raises(NotFound), vault.as_file(DIGEST):
            raise AssertionError("it was opened")
        with pytest.raises(NotFound):
            vault.verify(DIGEST)

    def test_changed_bytes_are_told(self, vault: Vault) -> None:
        vault.put(CHUNKS)
        self.change(vault, DIGEST, b"other")
        with pytest.raises(Damaged, match=DIGEST):
            vault.verify(DIGEST)

    def test_putting_an_object_again_heals_changed_bytes(self, vault: Vault) -> None:
        vault.put(CHUNKS)
        self.change(vault, DIGEST, b"rot")
        vault.put(CHUNKS)
        vault.verify(DIGEST)
        assert b"".join(vault.chunks(DIGEST)) == b"".join(CHUNKS)

    def test_what_is_private_is_listed_apart_and_given_as_it_lies(self, vault: Vault) -> None:
        vault.put(CHUNKS)
        other = vault.put([b"a reference"], private=True).sha256
        assert (list(vault.public()), list(vault.sealed())) == ([DIGEST], [other])
        assert b"".join(vault.kept(DIGEST, private=False)) == b"".join(CHUNKS)
        assert is_sealed(b"".join(vault.kept(other, private=True)))
        for sha256, private in ((DIGEST, True), (other, False), ("..", False)):
            with pytest.raises(NotFound):
                vault.kept(sha256, private=private)

    def test_keys_of_another_day_are_replaced(self, vault: Vault) -> None:
        other = vault.put([b"a reference"], private=True).sha256
        source = vault.keys.source
        assert isinstance(source, KeyFile)
        source.add_key()
        vault.keys.forget()
        assert vault.renew() == 1
        assert vault.renew() == 0
        source.keep_newest()
        vault.keys.forget()
        vault.verify(other)

    def test_it_says_that_it_can_be_written_to_and_leaves_nothing(self, vault: Vault, tmp_path: Path) -> None:
        vault.check_writable()
        assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "bucket-id"]
        assert list(vault.public()) == []

    @pytest.mark.parametrize(
        "name", ["", "..", "../../etc/passwd", DIGEST.upper(), DIGEST[:-1], DIGEST + "\n", "/" + DIGEST, "\u0661" * 64, 5, None]
    )
    def test_only_digests_are_names(self, vault: Vault, name: object) -> None:
        vault.put(CHUNKS)
        assert name not in vault
        if isinstance(name, str):
            vault.delete(name, private=False)
            with pytest.raises(NotFound), vault.as_file(name):
                raise AssertionError("it was opened")
        assert DIGEST in vault

    def test_writers_side_by_side_do_not_disturb_each_other(self, vault: Vault, tmp_path: Path) -> None:
        contents = [bytes([number]) * 50_000 for number in range(4)]

        def write(content: bytes) -> None:
            for _ in range(10):
                self.make_vault(tmp_path).put([content[:25_000], content[25_000:]])

        threads = [threading.Thread(target=write, args=(content,)) for content in contents * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for content in contents:
            vault.verify(hashlib.sha256(content).hexdigest())
