"""How the command line starts, and how it ends."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import cv2
import pytest
import typer

from monitor.cli.parts import MODULES
from monitor.demo.drawings import seal
from tests.support.command_process import semblance

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"numpy", "sqlmodel", "sqlalchemy", "scrapy", "pydantic", "rich", "cv2", "av", "onnxruntime", "faiss", "typst", "docx"}
UNNEEDED = (HEAVY - {"sqlmodel", "sqlalchemy", "pydantic"}) | {
    "scipy",
    "lxml",
    "jinja2",
    "PIL",
    "onnx",
    "insightface",
    "twisted",
    "httpcore",
    "yt_dlp",
}
"""What no list needs, in an open workspace."""


def test_help_loads_nothing_heavy() -> None:
    code = "import sys, monitor.cli.main; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not HEAVY & set(loaded)


def test_help_names_every_command() -> None:
    said = semblance("--help").stdout
    assert all(name in said for name in ("demo", "scan", "run", "review", "evidence", "evaluate"))


def test_a_command_loads_no_other_groups_commands(tmp_path: Path) -> None:
    semblance("--workspace", tmp_path, "init")
    code = "import sys\nfrom monitor.cli.main import main\nassert main() == 0\nprint(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-c", code, "--workspace", str(tmp_path), "party", "list"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {f"monitor.cli.{name}" for name in set(MODULES.values()) - {"parties"}} & set(done.stderr.split())


@pytest.mark.parametrize("module", sorted(set(MODULES.values())))
def test_every_command_of_a_module_is_reached_by_its_first_word(module: str) -> None:
    joined = typer.Typer()
    import_module(f"monitor.cli.{module}").join(joined)
    assert list(typer.main.get_group(joined).commands) == [word for word, name in MODULES.items() if name == module]


def test_wrong_use_exits_2_and_says_what_to_do(tmp_path: Path) -> None:
    assert semblance("scan", check=2).stderr
    done = semblance("--workspace", tmp_path, "party", "list", check=2)
    assert "is not a workspace" in done.stderr
    assert "semblance init" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_misspelt_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / "semblance.toml").write_text("[crawl]\nmax_page = 3\n", encoding="utf-8")
    done = semblance("--workspace", tmp_path, "party", "list", check=2)
    assert "crawl.max_page" in done.stderr
    assert "max_pages" in done.stderr


def test_names_from_strangers_do_not_act_on_the_terminal(tmp_path: Path) -> None:
    semblance("--workspace", tmp_path, "init")
    semblance("--workspace", tmp_path, "party", "add", "Evil \u202egnp", "--kind", "studio")
    assert "Evil <U+202E>gnp" in semblance("--workspace", tmp_path, "party", "list").stdout
    listed = json.loads(semblance("--workspace", tmp_path, "party", "list", "--json").stdout)
    assert [party["name"] for party in listed] == ["Evil \u202egnp"]
    assert "\u202e" not in semblance("--workspace", tmp_path, "party", "show", "Evil \u202e", check=2).stderr


@pytest.mark.parametrize(
    "words",
    [("party", "list"), ("review", "list"), ("licence", "list"), ("case", "list"), ("audit", "list"), ("privacy", "records")],
)
def test_a_list_loads_nothing_that_only_pictures_vectors_or_the_web_need(tmp_path: Path, words: tuple[str, str]) -> None:
    semblance("--workspace", tmp_path, "init")
    assert not UNNEEDED & loaded_by("--workspace", tmp_path, *words)


def loaded_by(*arguments: str | Path) -> set[str]:
    """The packages that a command has loaded at its end."""
    code = (
        "import sys\nfrom monitor.cli.main import main\nassert main() == 0\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def test_a_mark_is_enrolled_without_the_models_for_people(tmp_path: Path, open_pack: Path) -> None:
    drawing = tmp_path / "seal.png"
    cv2.imwrite(str(drawing), seal(480))
    place = ("--workspace", tmp_path / "place")
    semblance(*place, "init")
    semblance(*place, "party", "add", "Larkspur", "--kind", "studio")
    semblance(*place, "subject", "add", "The seal", "--kind", "mark", "--party", "Larkspur")
    loaded = loaded_by(*place, "reference", "add", "The seal", drawing)
    assert "cv2" in loaded
    assert not {"onnxruntime", "faiss", "av"} & loaded
    (held,) = json.loads(semblance(*place, "reference", "list", "--json").stdout)
    assert (held["subject"], held["file_name"]) == ("The seal", "seal.png")


def test_a_recogniser_is_made_without_what_only_a_video_needs() -> None:
    code = "import sys\nimport matcher.face.recogniser\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "scipy" not in done.stdout.split()
