"""`models pull` as it is typed: what is shown, what is refused, and how the pack is used afterwards."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from matcher.packs import store
from matcher.packs.pull import known, pulling
from monitor.cli.main import main
from tests.support.loopback_site import Site
from tests.support.pull_desk import published, recipe_of

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("SEMBLANCE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("SEMBLANCE_CRAWL__ALLOWED_NETWORKS", '["127.0.0.0/8"]')
    monkeypatch.chdir(tmp_path)

    def ran(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["semblance", *words])
        code = main()
        said = capsys.readouterr()
        return code, said.out, said.err

    return ran


@pytest.fixture
def mirrored(site: Site, shared_models: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A mirror of files that are here, and the recipe of `edge` with their digests, since those of the published ones are not."""
    files = published(shared_models)
    recipe = recipe_of(files, "https://publisher.invalid")
    monkeypatch.setattr(pulling, "KNOWN", {**known.KNOWN, "edge": recipe})
    monkeypatch.setenv("SEMBLANCE_MODELS_MIRROR", site.base)
    for name, body in files.items():
        site.ranged(f"/{name}", body, '"one"')
    return site


def test_a_pack_is_pulled_from_the_mirror_of_the_settings_and_used(run: Run, mirrored: Site, tmp_path: Path) -> None:
    assert run("init")[0] == 0
    code, out, err = run("models", "pull", "edge")
    assert code == 0, err
    assert "Licence: Apache-2.0, MIT." in out
    assert "SHA-256" in out
    assert "not yet seen by us" in out
    assert "semblance models use edge" in out
    bars = [line for line in err.splitlines() if ".bin" in line]
    assert [line.rpartition(".bin ")[2].partition("%")[0] for line in bars][-1] == "100"
    assert len(bars) <= 5
    assert "\x1b" not in err
    assert run("models", "use", "edge")[0] == 0
    assert store.installed(tmp_path / "models") == ["edge"]
    assert run("models", "verify", "edge")[:2] == (0, "edge: every file is as promised.\n")


def test_other_bytes_are_refused_and_the_pack_that_is_published_is_what_is_wanted(run: Run, site: Site, tmp_path: Path) -> None:
    """The recipe as it is: what a mirror has under that name is not what OpenCV Zoo has."""
    site.file("/face_detection_yunet_2023mar.onnx", b"\0" * 232_589)
    code, _, err = run("models", "pull", "edge", "--from", site.base)
    assert code == 4
    assert "is not the file that the recipe promises" in err
    assert "https://media.githubusercontent.com/media/opencv/opencv_zoo/" in err
    assert store.installed(tmp_path / "models") == []


def test_a_research_pack_is_refused_to_a_commercial_party_before_anything_is_asked_for(run: Run) -> None:
    code, _, err = run("models", "pull", "buffalo_l")
    assert code == 2
    assert "--accept-licence" in err
    code, _, err = run("models", "pull", "buffalo_l", "--accept-licence", "--from", "/nowhere")
    assert code == 3
    assert "/nowhere/buffalo_l is not there" in err


def test_what_no_recipe_can_be_stated_for_says_so_and_what_is_not_known_names_what_is(run: Run) -> None:
    code, _, err = run("models", "pull", "character-clip")
    assert code == 2
    assert "cannot be pulled yet" in err
    code, _, err = run("models", "pull", "voice-open")
    assert code == 2
    assert "models build voice-open" in err
    code, _, err = run("models", "pull", "egde")
    assert code == 2
    assert "edge, sface, auraface" in err


def test_the_list_names_what_can_be_pulled_and_what_nobody_has_seen(run: Run) -> None:
    _, out, _ = run("models", "list")
    edge = next(line for line in out.splitlines() if line.startswith("edge"))
    assert "semblance models pull edge" in edge
    assert "not yet seen by us" in edge
    assert "Apache-2.0" in edge


def test_a_pack_that_is_not_here_is_named_with_how_it_is_pulled(run: Run) -> None:
    assert run("init")[0] == 0
    _, _, err = run("models", "use", "edge")
    assert "`semblance models pull edge`" in err


def test_the_examination_advises_edge_where_only_open_is_here(run: Run, open_pack: Path, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "open").symlink_to(open_pack)
    _, out, _ = run("doctor")
    assert "semblance models pull edge" in out
