"""What every vault keeps to. A further vault inherits VaultContract and makes itself in make_vault."""

import hashlib
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.errors import Damaged, NotFound
from registry.vault.base import Sealed, Vault
from registry.vault.local import LocalVault, VaultUnusable

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
        with vault.as_file(DIGEST) as path:
            path.chmod(0o600)
        path.write_bytes(b"other")
        with pytest.raises(Damaged, match=DIGEST):
            vault.verify(DIGEST)

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


class TestLocalVault(VaultContract):
    def make_vault(self, folder: Path) -> Vault:
        return LocalVault(folder / "vault")

    def test_a_killed_writers_file_goes_and_a_living_ones_stays(self, tmp_path: Path) -> None:
        vault = LocalVault(tmp_path)
        leftover = tmp_path / "incoming" / "left-by-a-kill"
        leftover.write_bytes(b"half")
        seen_while_writing = []

        def chunks() -> Iterator[bytes]:
            yield b"first"
            LocalVault(tmp_path)
            seen_while_writing.extend((tmp_path / "incoming").iterdir())
            yield b"second"

        stored = vault.put(chunks())
        assert len(seen_while_writing) == 1
        assert leftover not in seen_while_writing
        assert b"".join(vault.chunks(stored.sha256)) == b"firstsecond"
        assert not list((tmp_path / "incoming").iterdir())

    def test_putting_an_object_again_heals_rotten_bytes(self, tmp_path: Path) -> None:
        vault = LocalVault(tmp_path)
        vault.put(CHUNKS)
        with vault.as_file(DIGEST) as path:
            path.chmod(0o600)
            path.write_bytes(b"rot")
        vault.put(CHUNKS)
        vault.verify(DIGEST)

    def test_a_sealed_object_that_was_changed_is_told(self, tmp_path: Path) -> None:
        vault = LocalVault(tmp_path / "vault")
        vault.put(CHUNKS, private=True)
        (place,) = (tmp_path / "vault" / "private").glob("*/*/*")
        sealed = place.read_bytes()
        for changed in (
            sealed[:-1],
            sealed[: 29 + (64 << 10) + 16],
            sealed[:40] + b"?" + sealed[41:],
            sealed + b"?",
            b"",
            sealed[:29],
        ):
            place.chmod(0o600)
            place.write_bytes(changed)
            with pytest.raises(Damaged):
                vault.verify(DIGEST)
        other = vault.put([b"other"], private=True)
        place.write_bytes((tmp_path / "vault" / "private" / other.sha256[:2] / other.sha256[2:4] / other.sha256).read_bytes())
        with pytest.raises(Damaged, match=DIGEST), vault.opened(DIGEST):
            raise AssertionError("another object's bytes were given out")

    def test_a_private_object_takes_constant_memory(self, tmp_path: Path) -> None:
        vault = LocalVault(tmp_path / "vault")
        tracemalloc.start()
        stored = vault.put((bytes([number]) * (1 << 20) for number in range(64)), private=True)
        for _ in vault.chunks(stored.sha256):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8 << 20

    def test_a_vault_for_reading_takes_and_removes_nothing(self, tmp_path: Path) -> None:
        LocalVault(tmp_path).put(CHUNKS)
        vault = LocalVault(tmp_path, read_only=True)
        vault.verify(DIGEST)
        with pytest.raises(VaultUnusable, match="reading only"):
            vault.put(CHUNKS)
        with pytest.raises(VaultUnusable, match="reading only"):
            vault.delete(DIGEST, private=False)
        assert DIGEST in vault

    def test_an_unusable_folder_is_told_in_our_words(self, tmp_path: Path) -> None:
        (tmp_path / "vault").write_text("a file in the folder's place")
        with pytest.raises(VaultUnusable, match="could not open"):
            LocalVault(tmp_path / "vault")
