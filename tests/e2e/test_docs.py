"""The documentation is true: every command in it runs, in order, in a fresh folder, and every other one that it names exists."""

import json
import re
import shlex
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer

from monitor.cli.main import app, main
from monitor.settings import load_settings
from registry.db import now
from tests.support.drawn_clips import encode, figure, pan, save, scene
from tests.support.loopback_site import Site
from tests.support.s3_store import ACCESS, SECRET, store

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "benchmarks" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FEED = """<rss version="2.0"><channel><title>Example</title><item><title>A captain</title><link>{page}</link>
<enclosure url="{media}" type="video/mp4" length="1"/></item></channel></rss>"""
ROSTER = "member number,name,photo\n1,Ada Lovelace,{photo}\n"


def fenced(page: Path) -> list[list[str]]:
    """The blocks of a page that hold commands, each as its lines."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    joined = (re.sub(r"\\\n\s*", "", block) for language, block in blocks if not language)
    return [lines for block in joined if (lines := [line for line in block.splitlines() if line.startswith("semblance")])]


def inline(page: Path) -> list[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [" ".join(found.split()) for found in re.findall(r"`(semblance [^`]+)`", text)]


NAMED = sorted({(page.relative_to(ROOT).as_posix(), command) for page in PAGES for command in inline(page)})


@pytest.fixture
def typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], site: Site
) -> Callable[[str], None]:
    """Types a line of the documentation into a terminal in a fresh folder. Words in capitals become what the lists show."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEMBLANCE_CRAWL__ALLOWED_NETWORKS", '["127.0.0.0/8"]')
    monkeypatch.setenv("SEMBLANCE_CRAWL__DELAY_SECONDS", "0")
    monkeypatch.setenv("SEMBLANCE_CAPTURE__SCREENSHOTS", "false")

    def run(*words: str) -> str:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", list(words))
        code = main()
        said = capsys.readouterr()
        assert code == 0, (words, said)
        return said.out

    def placed(word: str) -> list[str]:
        lists = {"MATCH": ("review", "list", "--status", "all"), "CASE": ("case", "list")}
        if word in lists:
            return [json.loads(run("semblance", *lists[word], "--json"))[0]["id"][:10]]
        return sorted(map(str, Path().glob(word) if "*" in word else ())) or [word.replace("https://example.com", site.base)]

    def type_line(line: str) -> None:
        for part in line.split("&&"):
            first, *rest = shlex.split(part, comments=True)
            words = [found for word in rest for found in placed(word)]
            if first == "cd":
                monkeypatch.chdir(Path.cwd() / words[0])
            else:
                run(first, *words)

    return type_line


def furnish(folder: Path, site: Site, photo: Path) -> None:
    """What a reader of the README has: clips, pictures, a feed and a roster."""
    (folder / "clips").mkdir()
    body = encode(folder / "clips" / "new.mp4", pan(figure(1), scene(100)))
    for place in ("references/Our Logo/logo.png", "lumen-front.png"):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        save(folder / place, figure(1))
    (folder / "references" / "Ada Lovelace").mkdir()
    (folder / "references" / "Ada Lovelace" / "portrait.jpg").write_bytes(photo.read_bytes())
    (folder / "photos").mkdir()
    (folder / "photos" / "ada.jpg").write_bytes(photo.read_bytes())
    (folder / "roster.csv").write_text(ROSTER.format(photo="ada.jpg"), encoding="utf-8")
    site.page("/watch", "<title>A captain</title><video src=/new.mp4></video>")
    feed = FEED.format(page=site.url("/watch"), media=site.file("/new.mp4", body))
    site.page("/videos.rss", feed, "application/rss+xml")


def test_every_command_of_the_readme_runs_in_order_in_a_fresh_folder(
    typed: Callable[[str], None], tmp_path: Path, site: Site, open_pack: Path, shared_data: Path
) -> None:
    photo = next(iter(sorted((shared_data / "faces").rglob("*.jpg"))))
    furnish(tmp_path, site, photo)
    scan, watch, *others = fenced(ROOT / "README.md")
    for line in scan:
        typed(line)
    assert "Our Logo" in (tmp_path / "findings.html").read_text("utf-8")
    first, *rest = watch
    typed(first)
    here = Path.cwd()
    (here / "inbox").mkdir()
    for name in ("lumen-front.png", "roster.csv", "photos"):
        (tmp_path / name).rename(here / name)
    for line in rest:
        typed(line)
    typed('semblance party add "Actors\' Union" --kind union')
    for block in others:
        for line in block:
            typed(line)
    assert len(list(here.glob("evidence/case-*"))) == 1
    assert list((here / "reports").glob("*/notice-*.pdf"))


def test_every_command_of_the_page_on_operation_runs_in_order(typed: Callable[[str], None], tmp_path: Path) -> None:
    for block in fenced(ROOT / "docs" / "operation.md"):
        for line in block:
            typed(line)
    assert (tmp_path / "again" / "semblance.db").is_file()
    assert not (tmp_path / "again" / "restored.json").exists()


def test_no_other_page_holds_commands_that_nothing_runs() -> None:
    run = ("operation.md", "signing-in.md", "enrolling.md", "s3.md")
    assert [page.name for page in PAGES[1:] if fenced(page) and page.name not in run] == []


def command_of(words: list[str]) -> tuple[Any, list[str]]:
    """The command that words name, and the words after its name."""
    found: Any = typer.main.get_command(app)
    rest = words
    while rest and rest[0] in getattr(found, "commands", {}):
        found, rest = found.commands[rest[0]], rest[1:]
    return found, rest


@pytest.mark.parametrize(("page", "typed_there"), NAMED)
def test_every_command_that_a_page_names_exists_with_these_options(page: str, typed_there: str) -> None:
    words = shlex.split(typed_there)[1:]
    if words[:1] == ["--as"]:
        words = words[2:]
    if words in (["..."], ["COMMAND", "--help"]):
        return
    command, rest = command_of(words)
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
    assert not hasattr(command, "commands") or not [word for word in rest if not word.startswith("-")], f"{page}: {typed_there}"
    unknown = [word for word in rest if word.startswith("--") and word not in known]
    assert unknown == [], f"{page}: {typed_there}"


def test_every_command_of_the_page_on_enrolling_runs_in_order(typed: Callable[[str], None]) -> None:
    typed("semblance init union && cd union")
    typed('semblance party add "Actors\' Union" --kind union')
    Path("roster.csv").write_text("number,name\n7,Bo Stays\n", encoding="utf-8")
    for line in (line for block in fenced(ROOT / "docs" / "enrolling.md") for line in block):
        # Links are good for a year at most, from whenever this runs.
        typed(re.sub(r"--until \S+", f"--until {now() + timedelta(days=30):%Y-%m-%d}", line))
    assert "Bo Stays" in Path("roster.links.csv").read_text("utf-8-sig")


def test_every_command_of_the_page_on_signing_in_runs_in_order(typed: Callable[[str], None]) -> None:
    page = ROOT / "docs" / "signing-in.md"
    typed("semblance init studio && cd studio")
    settings = re.findall(r"^```toml\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(settings) == 2
    Path("semblance.toml").write_text("\n".join(settings), encoding="utf-8")
    typed('semblance party add "Our Studio" --kind studio')
    account = '--role reviewer --party "Our Studio" --password "lanterns over the harbour at nine"'
    typed(f'semblance account add "P. Legal" {account}')
    for block in fenced(page):
        for line in block:
            typed(line)
    load_settings(Path())


def test_every_command_of_the_page_on_buckets_runs_in_order(
    typed: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ROOT / "docs" / "s3.md"
    typed("semblance init desk && cd desk")
    typed('semblance party add "Our Studio" --kind studio')
    (section,) = re.findall(r"^```toml\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    url = 'url = "s3://captures/desk"'
    assert url in section
    with store() as running:
        running.client.create_bucket(Bucket="captures")
        for name, value in (("ENDPOINT", running.endpoint), ("ACCESS_KEY", ACCESS), ("SECRET_KEY", SECRET)):
            monkeypatch.setenv(f"SEMBLANCE_VAULT__{name}", value)
        Path("semblance.toml").write_text(section.replace(url, ""), encoding="utf-8")
        (lines,) = fenced(page)
        typed(lines[0])
        Path("semblance.toml").write_text(section, encoding="utf-8")
        for line in lines[1:]:
            typed(line)
        assert load_settings(Path()).vault.bucket == "captures"
