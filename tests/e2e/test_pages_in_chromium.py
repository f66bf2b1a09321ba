"""The pages that are made, seen by a real browser."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.demonstration import ROOT, Ran

# Headless and without any of the browser's own errands on the network.
ALONE = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=5000",
)

# What the browser made of the page, as text that --dump-dom gives back.
WITNESS = """<script>addEventListener("load", () => {
  const seen = {
    pictures: [...document.images].map(i => i.naturalWidth), alts: [...document.images].map(i => i.alt),
    fetched: performance.getEntriesByType("resource").map(e => e.name).filter(n => !n.startsWith("data:")),
    width: document.documentElement.scrollWidth, window: innerWidth, headings: document.querySelectorAll("h1").length,
    scripts: document.scripts.length, text: document.body.innerText
  };
  const p = document.createElement("pre"); p.id = "witness"; p.textContent = JSON.stringify(seen); document.body.append(p);
});</script>"""


@dataclass(frozen=True)
class Browser:
    """Opens a copy of a page that carries the witness."""

    chromium: str
    folder: Path

    def open(self, page: Path, width: int) -> dict[str, object]:
        copy = self.folder / page.name
        # The page's own policy forbids scripts, the witness among them; without it the page could do more, not less.
        free = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text("utf-8"))
        copy.write_text(free.replace("</body>", f"{WITNESS}</body>"), encoding="utf-8")
        command = [self.chromium, *ALONE, f"--user-data-dir={self.folder / 'profile'}", f"--window-size={width},1200"]
        done = subprocess.run([*command, "--dump-dom", copy.as_uri()], capture_output=True, text=True, timeout=120, check=True)
        found = re.search(r'<pre id="witness">(.*?)</pre>', done.stdout, re.DOTALL)
        assert found, done.stdout[-2000:]
        told = found.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        return dict(json.loads(told))


@pytest.fixture
def browser(chromium: str, tmp_path: Path) -> Browser:
    return Browser(chromium, tmp_path)


def assert_sound(seen: dict[str, object]) -> None:
    """Every picture shows and is described, nothing is fetched, no script but the witness, nothing wider than the window."""
    assert seen["pictures"]
    assert all(seen["pictures"])
    assert all(seen["alts"])
    assert seen["fetched"] == []
    assert seen["scripts"] == 1
    assert seen["headings"] == 1
    assert seen["width"] <= seen["window"]


@pytest.mark.parametrize("width", [1280, 500])
def test_the_weekly_page_shows_on_a_desk_and_on_a_phone(demo: Ran, browser: Browser, width: int) -> None:
    (page,) = (demo.out / "workspace" / "reports").glob("weekly-*.html")
    seen = browser.open(page, width)
    assert_sound(seen)
    assert "<b>Moon Soda</b>" in str(seen["text"])


def test_the_page_in_a_bundle_shows(demo: Ran, browser: Browser) -> None:
    for bundle in (demo.out / "workspace" / "reports").glob("*/case-*"):
        seen = browser.open(bundle / "index.html", 1000)
        assert seen["scripts"] == 1
        assert all(str(name).startswith("file:") for name in seen["fetched"])


def test_the_page_of_a_scan_shows(demo: Ran, browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "findings" / "page.html"
    page.parent.mkdir()
    command = [sys.executable, "-m", "monitor.cli.main", "scan", str(demo.out / "clips"), "--references"]
    subprocess.run([*command, str(demo.out / "pictures"), "--html", str(page)], cwd=ROOT, check=True, capture_output=True)
    seen = browser.open(page, 1280)
    assert_sound(seen)
    assert "ember" in str(seen["text"])
