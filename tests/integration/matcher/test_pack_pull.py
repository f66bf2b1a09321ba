"""Packs pulled over the network: from a real site on loopback, through everything that goes wrong on the way."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from matcher.assemble import recognisers_of
from matcher.errors import PackError
from matcher.packs import adding, store
from matcher.packs.pull import pulling
from matcher.packs.pull.known import KNOWN
from matcher.packs.pull.making import YUNET
from matcher.packs.pull.recipe import InsightfacePackage, PullRecipe
from matcher.packs.pull.seam import NotReached, OtherBytes
from monitor.pulling import origin_of, pull_known, to_pull
from tests.support.insightface_packages import tiny_insightface_package
from tests.support.loopback_site import Answer, Site, open_site
from tests.support.pull_desk import published, recipe_of, settings_for
from tests.support.small_disk import small_disk

ROOT = Path(__file__).resolve().parents[3]
BIN = "face-reidentification-retail-0095.bin"


@pytest.fixture(scope="session")
def files(shared_models: Path) -> dict[str, bytes]:
    return published(shared_models)


@pytest.fixture
def site(files: dict[str, bytes]) -> Iterator[Site]:
    with open_site() as site:
        for name, body in files.items():
            site.ranged(f"/{name}", body, '"one"')
        yield site


@pytest.fixture
def recipe(files: dict[str, bytes], site: Site) -> PullRecipe:
    return recipe_of(files, site.base)


def pull(models: Path, recipe: PullRecipe, source: str = "", *networks: str) -> store.Pack:
    return pulling.pull(models, recipe, origin_of(settings_for(models, *networks), source))


def of(site: Site, name: str) -> list[int]:
    """How a file's requests were answered."""
    return [status for path, status in site.answered if path == f"/{name}"]


def kept(models: Path) -> list[int]:
    return sorted(path.stat().st_size for path in (models / pulling.PARTS).glob("*.part"))


def test_what_is_pulled_sees_the_faces_that_the_added_pack_sees(tmp_path: Path, recipe: PullRecipe, shared_models: Path) -> None:
    pulled = pull(tmp_path / "models", recipe)
    added = adding.add(tmp_path / "others", shared_models / "edge")
    picture = np.ascontiguousarray(data.astronaut()[..., ::-1])
    one, other = (recognisers_of(pack)[0].enrol(picture)["vector"] for pack in (pulled, added))
    assert float(one @ other) > 0.99999
    assert pulled.spec.face is not None
    assert pulled.spec.face.calibration is not None
    assert kept(tmp_path / "models") == []


def test_a_file_that_breaks_off_goes_on_where_it_stopped(
    tmp_path: Path, recipe: PullRecipe, site: Site, files: dict[str, bytes]
) -> None:
    whole = site.routes[f"/{BIN}"]
    assert isinstance(whole, Answer)
    answers = iter([replace(whole, hang_up_after=900_000), replace(whole, hang_up_after=500_000), whole])
    site.routes[f"/{BIN}"] = lambda: next(answers)
    pull(tmp_path, recipe)
    assert of(site, BIN) == [200, 206, 206]


def test_the_next_pull_goes_on_with_what_the_last_one_left(tmp_path: Path, recipe: PullRecipe, site: Site) -> None:
    whole = site.routes[f"/{BIN}"]
    assert isinstance(whole, Answer)
    answers = iter([replace(whole, hang_up_after=1_000_000)])
    site.routes[f"/{BIN}"] = lambda: next(answers, Answer(b"gone", status=404))
    with pytest.raises(NotReached, match="404"):
        pull(tmp_path, recipe)
    assert kept(tmp_path)[-1] >= 900_000
    assert store.installed(tmp_path) == []
    site.routes[f"/{BIN}"] = whole
    site.answered.clear()
    pull(tmp_path, recipe)
    assert site.answered[0] == (f"/{BIN}", 206)
    assert (f"/{YUNET}", 200) not in site.answered, "what came whole is not asked for again"


def test_a_part_of_other_bytes_is_begun_anew(tmp_path: Path, recipe: PullRecipe, site: Site) -> None:
    """The server had another version when the last pull broke off."""
    whole = site.routes[f"/{BIN}"]
    assert isinstance(whole, Answer)
    older = replace(whole, body=bytes(len(whole.body)), etag='"zero"')
    answers = iter([replace(older, hang_up_after=1_000_000)])
    site.routes[f"/{BIN}"] = lambda: next(answers, Answer(status=404))
    with pytest.raises(NotReached):
        pull(tmp_path, recipe)
    site.routes[f"/{BIN}"] = whole
    site.answered.clear()
    pull(tmp_path, recipe)
    assert of(site, BIN) == [200]


def test_a_part_that_was_damaged_on_the_disk_costs_one_more_try(tmp_path: Path, recipe: PullRecipe, site: Site) -> None:
    whole = site.routes[f"/{BIN}"]
    assert isinstance(whole, Answer)
    answers = iter([replace(whole, hang_up_after=1_000_000)])
    site.routes[f"/{BIN}"] = lambda: next(answers, Answer(status=404))
    with pytest.raises(NotReached):
        pull(tmp_path, recipe)
    part = max((tmp_path / pulling.PARTS).glob("*.part"), key=lambda path: path.stat().st_size)
    part.write_bytes(bytes(part.stat().st_size))
    site.routes[f"/{BIN}"] = whole
    site.answered.clear()
    pull(tmp_path, recipe)
    assert of(site, BIN) == [206, 200]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda body: bytes(body[:-1]) + bytes([body[-1] ^ 1]), "SHA-256"),
        (lambda body: body[:-1], "instead of"),
        (lambda body: body + b"!", "more than"),
        (lambda _body: b"<html>Please log in</html>", "instead of"),
    ],
    ids=["one bit", "short", "long", "a page"],
)
def test_another_file_is_never_installed_and_nothing_of_it_is_kept(
    tmp_path: Path, recipe: PullRecipe, site: Site, files: dict[str, bytes], shared_models: Path, change: "object", said: str
) -> None:
    before = adding.add(tmp_path, shared_models / "edge").spec
    assert callable(change)
    site.ranged(f"/{BIN}", change(files[BIN]), '"other"')
    with pytest.raises(OtherBytes, match=said) as caught:
        pull(tmp_path, recipe)
    assert BIN in caught.value.what
    assert len(files[BIN]) not in kept(tmp_path)
    assert store.load(tmp_path, "edge").spec == before


@pytest.mark.parametrize(
    "inward",
    ["http://10.0.0.1/x", "https://169.254.169.254/latest", "http://localhost/x", "https://[::1]/x", "ftp://example.org/x"],
)
def test_a_redirect_to_an_inward_or_plain_address_is_refused(tmp_path: Path, recipe: PullRecipe, site: Site, inward: str) -> None:
    site.redirect(f"/{YUNET}", inward)
    with pytest.raises(NotReached, match=re.escape(inward.partition("://")[2].partition("/")[0].strip("[]"))):
        pull(tmp_path, recipe)
    assert store.installed(tmp_path) == []


def test_loopback_itself_is_refused_where_the_settings_do_not_allow_it(tmp_path: Path, recipe: PullRecipe, site: Site) -> None:
    with pytest.raises(NotReached, match="not an address of the public internet"):
        pull(tmp_path, recipe, "", "10.0.0.0/8")
    assert site.asked == []


def test_a_plain_address_elsewhere_is_refused_whatever_networks_are_allowed(tmp_path: Path, recipe: PullRecipe) -> None:
    with pytest.raises(NotReached, match="not encrypted"):
        pull(tmp_path, recipe, "http://10.1.2.3/mirror", "10.0.0.0/8")


def test_a_redirect_within_what_is_allowed_is_followed(
    tmp_path: Path, recipe: PullRecipe, site: Site, files: dict[str, bytes]
) -> None:
    site.ranged("/objects/1", files[YUNET], '"two"')
    site.redirect(f"/{YUNET}", site.url("/objects/1"))
    assert pull(tmp_path, recipe).spec.id == "edge"


def test_a_slow_server_is_waited_for(tmp_path: Path, recipe: PullRecipe, site: Site, files: dict[str, bytes]) -> None:
    """It drips its first bytes, and is asked for the rest."""
    whole = site.routes[f"/{BIN}"]
    assert isinstance(whole, Answer)
    start = replace(whole, body=whole.body[:200], drip=0.001, length=len(whole.body))
    answers = iter([start, whole])
    site.routes[f"/{BIN}"] = lambda: next(answers)
    pull(tmp_path, recipe)
    assert of(site, BIN) == [200, 206]


def test_a_mirror_and_a_folder_stand_in_for_the_publishers(
    tmp_path: Path, recipe: PullRecipe, site: Site, files: dict[str, bytes]
) -> None:
    elsewhere = recipe_of(files, "https://publisher.invalid")
    for name, body in files.items():
        site.ranged(f"/mirror/{name}", body, '"m"')
        (tmp_path / name).write_bytes(body)
    for source in (site.url("/mirror/"), str(tmp_path)):
        models = tmp_path / "models" / source.partition(":")[0].replace("/", "-")
        assert pull(models, elsewhere, source).spec.id == "edge"
    (tmp_path / YUNET).unlink()
    with pytest.raises(NotReached, match=YUNET) as caught:
        pull(tmp_path / "third", elsewhere, str(tmp_path))
    assert f"https://publisher.invalid/{YUNET}" in caught.value.remedy


def test_files_that_are_as_promised_and_make_no_working_model_leave_the_pack_that_was_there(
    tmp_path: Path, files: dict[str, bytes], site: Site, shared_models: Path
) -> None:
    before = adding.add(tmp_path, shared_models / "edge").spec
    broken = {**files, YUNET: b"no model"}
    site.ranged(f"/{YUNET}", b"no model", '"x"')
    with pytest.raises(PackError, match="no ONNX model"):
        pull(tmp_path, recipe_of(broken, site.base))
    assert store.load(tmp_path, "edge").spec == before
    assert store.installed(tmp_path) == ["edge"]


def test_a_second_pull_at_the_same_time_is_told_to_wait(tmp_path: Path, recipe: PullRecipe, site: Site) -> None:
    refused: list[str] = []

    def meanwhile(_file: object, _done: int) -> None:
        if not refused:
            with pytest.raises(pulling.PullRunning) as caught:
                pull(tmp_path, recipe)
            refused.append(caught.value.what)

    origin = origin_of(settings_for(tmp_path), "")
    assert pulling.pull(tmp_path, recipe, origin, meanwhile).spec.id == "edge"
    assert refused


def test_a_disk_without_room_is_told_before_anything_is_taken(tmp_path: Path, recipe: PullRecipe, site: Site) -> None:
    with pytest.raises(pulling.DiskTrouble, match="MiB free"):
        pull(tmp_path, replace(recipe, files=tuple(replace(file, size=1 << 60) for file in recipe.files)))
    assert site.asked == []


def test_what_came_of_another_pack_saves_no_room(tmp_path: Path, recipe: PullRecipe) -> None:
    parts = tmp_path / pulling.PARTS
    parts.mkdir()
    with (parts / f"{'a' * 64}.part").open("wb") as other:
        other.truncate(1 << 43)
    with pytest.raises(pulling.DiskTrouble, match="MiB free"):
        pull(tmp_path, replace(recipe, files=tuple(replace(file, size=1 << 40) for file in recipe.files)))


def test_a_disk_that_fills_while_insightface_fetches_is_told(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.file("/buffalo_s.zip", b"PK" + bytes(1 << 20), "application/zip")
    monkeypatch.setattr("insightface.utils.storage.MODEL_ZOO_RELEASE_DOWNLOAD_URL", f"{site.base}/")
    package = KNOWN["buffalo_s"]
    assert isinstance(package, InsightfacePackage)
    with small_disk(tmp_path / "models", "256k") as models, pytest.raises(pulling.DiskTrouble, match="is full"):
        pulling.pull_package(models, package)


FILLED = """
import os, sys
from pathlib import Path
from matcher.packs.pull import pulling
from matcher.packs.pull.seam import Folder
from matcher.packs.store import installed
from tests.support.insightface_packages import tiny_insightface_package
from tests.support.pull_desk import recipe_of
models, source = Path(sys.argv[1]), Path(sys.argv[2])
recipe = recipe_of({path.name: path.read_bytes() for path in sorted(source.iterdir())}, "https://example.org")
ballast = models / "ballast"
def fill(file, done):
    if done and not ballast.exists():
        free = os.statvfs(models)
        ballast.write_bytes(bytes(max(0, free.f_bavail * free.f_bsize - (2 << 20))))
try:
    pulling.pull(models, recipe, Folder(source), fill)
except pulling.DiskTrouble as trouble:
    print(trouble)
ballast.unlink()
assert installed(models) == []
print(pulling.pull(models, recipe, Folder(source)).spec.id)
"""


def test_a_disk_that_fills_while_a_pack_is_pulled_is_told_and_the_next_pull_succeeds(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    source, models = tmp_path / "source", tmp_path / "models"
    source.mkdir()
    models.mkdir()
    for name, body in files.items():
        (source / name).write_bytes(body)
    small = 'mount -t tmpfs -o size=96m none "$1" || exit 77; exec "$3" -c "$4" "$1" "$2"'
    words = ["unshare", "--map-root-user", "--mount", "sh", "-c", small, "sh", str(models), str(source), sys.executable, FILLED]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode in (1, 77) and not done.stdout:
        pytest.skip("this machine lends no disk of its own to a test")
    assert done.returncode == 0, done.stderr
    told, pulled = done.stdout.splitlines()
    assert f"The disk of {models} is full." in told
    assert pulled == "edge"


def test_a_folder_that_cannot_be_written_is_said_with_the_setting_that_names_another(recipe: PullRecipe) -> None:
    with pytest.raises(pulling.DiskTrouble, match="cannot be written") as caught:
        pull(Path("/sys/models"), recipe)
    assert "SEMBLANCE_MODELS" in caught.value.remedy


def test_a_package_of_insightface_comes_through_its_own_downloader(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_insightface_package(tmp_path / "made" / "buffalo_s")
    archive = shutil.make_archive(str(tmp_path / "buffalo_s"), "zip", tmp_path / "made")
    site.file("/buffalo_s.zip", Path(archive).read_bytes(), "application/zip")
    monkeypatch.setattr("insightface.utils.storage.MODEL_ZOO_RELEASE_DOWNLOAD_URL", f"{site.base}/")
    package = KNOWN["buffalo_s"]
    assert isinstance(package, InsightfacePackage)
    pack = pulling.pull_package(tmp_path / "models", package)
    assert (pack.spec.id, pack.spec.licence.commercial) == ("buffalo_s", False)
    assert [path.name for path in (tmp_path / "models" / pulling.PARTS).iterdir()] == ["lock"]
    site.routes.clear()
    with pytest.raises(PackError, match="could not fetch its package buffalo_s"):
        pulling.pull_package(tmp_path / "models", package)
    assert store.load(tmp_path / "models", "buffalo_s").spec == pack.spec


def test_a_package_of_insightface_is_taken_from_a_folder(tmp_path: Path) -> None:
    tiny_insightface_package(tmp_path / "offline" / "buffalo_l")
    settings = settings_for(tmp_path / "models").model_copy(update={"commercial": False})
    known = to_pull(settings, "buffalo_l", accept_licence=False)
    assert pull_known(settings, known, str(tmp_path / "offline"), lambda _file, _done: None).spec.id == "buffalo_l"
    with pytest.raises(pulling.NotPulled, match="from insightface alone"):
        pull_known(settings, known, "https://mirror.example", lambda _file, _done: None)
