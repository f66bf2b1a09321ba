"""The vault in a folder keeps the vault's contract, and what a folder brings with it."""

import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from registry.crypto import Keyring
from registry.errors import Damaged
from registry.keys import KeyFile, Keys
from registry.vault.base import Vault
from registry.vault.local import LocalVault, VaultUnusable
from tests.contract.vault_contract import CHUNKS, DIGEST, VaultContract
from tests.support.s3_store import Store, store, vault_in


class TestLocalVault(VaultContract):
    def make_vault(self, folder: Path) -> Vault:
        return LocalVault(folder / "vault")

    def change(self, vault: Vault, sha256: str, content: bytes) -> None:
        with vault.as_file(sha256) as path:
            path.chmod(0o600)
            path.write_bytes(content)

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

    @pytest.mark.parametrize("seen", [False, True], ids=["before it was looked at", "after it was looked at"])
    def test_what_is_erased_while_all_is_sealed_anew_hinders_nothing_and_stays_away(self, tmp_path: Path, seen: bool) -> None:
        source = KeyFile(tmp_path / "keys" / "data.key")
        vault = LocalVault(tmp_path / "vault", Keys(source))
        kept, gone = sorted(vault.put([bytes([number])], private=True).sha256 for number in range(2))
        source.add_key()
        # While a rotation reads the first object somebody erases the second, or had erased it as its name was already read.
        keys = _AskedWhenReading(source, lambda: vault.delete(gone, private=True))
        rotated = (LocalVault if seen else _ListedBefore)(tmp_path / "vault", keys)
        if not seen:
            vault.delete(gone, private=True)
        assert rotated.renew() == 1
        assert list(vault.sealed()) == [kept]
        source.keep_newest()
        rotated.keys.forget()
        rotated.verify(kept)


class _AskedWhenReading(Keys):
    """Keys that let something happen as an object is opened with them."""

    def __init__(self, source: KeyFile, happens: Callable[[], None]) -> None:
        super().__init__(source)
        self._happens = happens

    def ring(self) -> Keyring:
        self._happens()
        return super().ring()


class _ListedBefore(LocalVault):
    """Names an object that is gone since."""

    def sealed(self) -> Iterator[str]:
        yield from super().sealed()
        yield "f" * 64


@pytest.fixture(scope="module")
def s3_store() -> Iterator[Store]:
    with store() as running:
        yield running


class TestS3Vault(VaultContract):
    @pytest.fixture(autouse=True)
    def _in_a_bucket(self, s3_store: Store) -> None:
        self.store, self.place = s3_store, s3_store.new_place()

    def make_vault(self, folder: Path) -> Vault:
        return vault_in(folder, self.place)

    def change(self, vault: Vault, sha256: str, content: bytes) -> None:
        self.store.change(self.place, sha256, content)


class TestS3VaultWithVersions(TestS3Vault):
    """The same in a bucket that keeps versions and may lock them: nothing is left of what was deleted."""

    @pytest.fixture(autouse=True)
    def _in_a_bucket(self, s3_store: Store) -> Iterator[None]:
        self.store, self.place = s3_store, s3_store.new_place(locking=True)
        yield
        vault = vault_in(Path(self.folder), self.place)
        for sha256 in [*vault.public()]:
            vault.delete(sha256, private=False)
        for sha256 in [*vault.sealed()]:
            vault.delete(sha256, private=True)
        assert [each["Key"] for each in self.store.versions(self.place)] == [f"{self.place.prefix}semblance-vault"]

    def make_vault(self, folder: Path) -> Vault:
        self.folder = str(folder)
        return vault_in(folder, self.place)
