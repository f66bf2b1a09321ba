"""What tests share: where the evaluation data is, when it is there at all."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from matcher.decoding import decoding
from matcher.packs.catalogue import build_pack
from matcher.packs.spec import MANIFEST
from matcher.packs.store import DEFAULT_PACK, FIGURE_PACK, TEXT_PACK, VOICE_PACK, load
from monitor.settings import load_settings
from tests.support.loopback_site import Site, open_site
from tests.support.postgres_server import Server, server
from tests.support.ray_cluster import Cluster, cluster

pytest_plugins = ("tests.support.on_servers.plugin",)

LONGEST = (
    "test_console_second_factors",
    "test_console_pages",
    "test_hundred_kills",
    "test_notice_kills",
    "test_crawler_pictures",
    "test_tenancy_sweep",
    "test_gallery_error_rates",
    "test_face_error_rates",
    "test_pipeline_kills",
    "test_roster_histories",
    "test_tenancy_ways",
    "test_crawler_coverage",
    "test_console_queue",
    "test_pipeline_run",
    "test_pipeline_claimants",
    "test_timestamps",
    "test_crawler_kill",
    "test_looked_for",
    "test_reports_news",
    "test_crawler_capture",
    "test_letters_seen",
    "test_reports_copies",
    "test_console_letters",
    "test_backup_kills",
    "test_documents_kills",
    "test_private_files",
    "test_crawler_availability",
    "test_demo_whole_job",
    "test_chain_contract",
    "test_registrars_mistakes",
    "test_take_back_kills",
    "test_report_sending_kills",
    "test_decoding_bombs",
)
"""Files that take longest. They go first, so that no worker is left with one at the end while the others have nothing to do."""

# How long an example takes depends on what else the machine does: limits of time belong into benchmarks/.
settings.register_profile("semblance", deadline=None)
settings.load_profile("semblance")

SHARED = Path(__file__).resolve().parents[1].parent / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    turn = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: turn.get(item.path.stem, len(turn)))


def pytest_collection_finish() -> None:
    """Modules and collected tests stay to the end: the collector would go through all of them each time, and free none."""
    gc.collect()
    gc.freeze()


def present(folder: Path, what: str) -> Path:
    if folder.is_dir():
        return folder
    message = f"{what} is not at {folder}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The evaluation data: $SEMBLANCE_TEST_DATA or ../shared/data."""
    return present(Path(os.environ.get("SEMBLANCE_TEST_DATA", SHARED / "data")), "the evaluation data")


@pytest.fixture(scope="session")
def shared_models() -> Path:
    """Third-party models for tests: ../shared/models."""
    return present(SHARED / "models", "the folder of test models")


@pytest.fixture(scope="session", autouse=True)
def _decoder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For tests of parts that work without a workspace: one decoder that may read what tests write."""
    with decoding(readable=(tmp_path_factory.getbasetemp(),)):
        yield


@pytest.fixture
def site() -> Iterator[Site]:
    """A site on loopback of one test's own."""
    with open_site() as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server of this process's tests."""
    with server() as running:
        yield running


# It takes a hundredth of a core where nobody asks it anything, which over a whole run is ten times its start.
@pytest.fixture(scope="module")
def ray_cluster() -> Iterator[Cluster]:
    """A cluster of two cores of a file's tests; whoever takes a part of it away starts one of its own."""
    with cluster() as running:
        yield running


@pytest.fixture(scope="session")
def open_pack() -> Path:
    """The folder of the open pack, in the models folder that the commands use; built there by the first process that needs it."""
    return built(DEFAULT_PACK)


@pytest.fixture(scope="session")
def voice_pack() -> Path:
    """The same of the pack voice-open."""
    return built(VOICE_PACK)


@pytest.fixture(scope="session")
def text_pack() -> Path:
    """The same of the pack text-open."""
    return built(TEXT_PACK)


@pytest.fixture(scope="session")
def figure_pack() -> Path:
    """The same of the pack figure-open."""
    return built(FIGURE_PACK)


def built(pack: str) -> Path:
    models = load_settings().models
    models.mkdir(parents=True, exist_ok=True)
    with FileLock(models / ".tests.lock"):
        if not (models / pack / MANIFEST).is_file():
            build_pack(models, pack, lambda _: None)
    return load(models, pack).folder
