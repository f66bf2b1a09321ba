"""What every engine keeps to. A further engine inherits EngineContract and makes itself in make_engine."""

from contextlib import closing
from pathlib import Path

import pytest

from matcher.types import Gallery, GallerySubject
from monitor.engine.base import Engine
from monitor.engine.cluster import ClusterEngine
from monitor.engine.kinds import EngineKind
from monitor.engine.local import LocalEngine
from monitor.recognisers import RecogniserSpec, build_recognisers
from monitor.settings import ScanSettings
from monitor.settings_engine import EngineSettings
from registry.errors import NotFound
from registry.kinds import SubjectKind
from registry.types import Template
from registry.vault.base import Sealed, Vault
from registry.vault.local import LocalVault
from registry.vault.place import FolderPlace
from tests.support.drawn_clips import figure, save, scene
from tests.support.ray_cluster import Cluster

SPEC = RecogniserSpec(Path("/nowhere"), (), True, ())


class EngineContract:
    def make_engine(self, vault: Vault) -> Engine:
        raise NotImplementedError

    @pytest.fixture
    def vault(self, tmp_path: Path) -> Vault:
        return LocalVault(tmp_path / "vault")

    @pytest.fixture
    def gallery(self) -> Gallery:
        artwork, *_ = build_recognisers(SPEC)
        subject = GallerySubject("s1", "Mascot", SubjectKind.CHARACTER)
        return Gallery({"s1": subject}, (Template("s1", "r1", artwork.encoder, artwork.enrol(figure(1))),))

    @pytest.fixture
    def pictures(self, vault: Vault, tmp_path: Path) -> list[str]:
        """A picture of the mascot and one without."""
        shown = (figure(1), scene(2))
        return [vault.put([save(tmp_path / f"{n}.png", image).read_bytes()]).sha256 for n, image in enumerate(shown)]

    def test_each_object_has_its_answer_in_order_whatever_becomes_of_the_others(
        self, vault: Vault, gallery: Gallery, pictures: list[str]
    ) -> None:
        broken = vault.put([b"no video"]).sha256
        private = vault.put([b"a reference"], private=True).sha256
        wanted = ["0" * 64, broken, *pictures, private]
        gone, unread, mascot, nobody, sealed = self.make_engine(vault).scan(SPEC, gallery, wanted)
        assert [each.sha256 for each in (gone, unread, mascot, nobody, sealed)] == wanted
        assert (gone.result, sealed.result) == (None, None)
        assert isinstance(gone.refused, NotFound)
        assert isinstance(sealed.refused, Sealed)
        assert unread.result is not None
        assert unread.result.failure is not None
        assert [[match.subject_id for match in each.result.matches] for each in (mascot, nobody) if each.result] == [["s1"], []]

    def test_results_name_the_object_and_no_path(self, vault: Vault, gallery: Gallery, pictures: list[str]) -> None:
        for looked in self.make_engine(vault).scan(SPEC, gallery, pictures):
            assert looked.result is not None
            assert looked.result.media == looked.sha256

    def test_nothing_to_look_at_is_no_answer(self, vault: Vault, gallery: Gallery) -> None:
        assert list(self.make_engine(vault).scan(SPEC, gallery, [])) == []

    def test_closing_ends_the_work(self, vault: Vault, gallery: Gallery, pictures: list[str]) -> None:
        engine = self.make_engine(vault)
        with closing(engine.scan(SPEC, gallery, pictures)) as every:
            assert next(every).sha256 == pictures[0]
        assert [each.sha256 for each in engine.scan(SPEC, gallery, pictures)] == pictures


class TestLocalEngine(EngineContract):
    def make_engine(self, vault: Vault) -> Engine:
        return LocalEngine(vault, ScanSettings(workers=2, max_seconds=60))


class TestClusterEngine(EngineContract):
    @pytest.fixture(autouse=True)
    def _cluster(self, ray_cluster: Cluster, tmp_path: Path) -> None:
        self._running, self._place = ray_cluster, FolderPlace(tmp_path / "vault")

    def make_engine(self, vault: Vault) -> Engine:
        settings = EngineSettings(kind=EngineKind.RAY, address=self._running.address, token_file=self._running.token_file)
        return ClusterEngine(vault, self._place, ScanSettings(max_seconds=60), settings)
