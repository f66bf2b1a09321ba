"""Whether a page in a real browser is sound for everybody: axe finds no fault in either colour, and it fits into every window."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page

Enter = Callable[..., BrowserContext]
AXE = Path(__file__).resolve().parents[1] / "data" / "axe" / "axe.min.js"
SIZES = {
    "desk": {"width": 1280, "height": 900},
    "narrow": {"width": 320, "height": 640},
    "at-200": {"width": 640, "height": 450},
}
"""A window of 1280 pixels at 200 % has 640 of a page's own."""
COLOURS = ("light", "dark")
BY_COLOURS = ("color-contrast", "link-in-text-block")
"""The rules of axe that judge by colours: by all others a page is the same in both."""


def faults(page: Page, *rules: str) -> list[str]:
    """What axe finds, by these rules, or by all that it asks by itself."""
    options: dict[str, object] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [f"{each['id']}: {node['target']} {node['failureSummary']}" for each in found for node in each["nodes"]]


def sound(page: Page, pictures: Path | None, name: str) -> None:
    """Look at a page that is there in every window and both colours, and leave it as it was. It is loaded once: a window that is
    made narrower lays it out anew. By its colours axe judges it in both, by all else once in each window."""
    before = page.viewport_size
    page.wait_for_load_state("networkidle")
    # As a test's own script it is no part of the page, whose policy stays in force.
    page.evaluate(AXE.read_text("utf-8"))
    for size, window in SIZES.items():
        page.set_viewport_size(window)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, size)
        assert page.locator("h1").count() == 1, name
        for colours in COLOURS:
            _sound_in(page, colours, name, size)
            if pictures:
                page.screenshot(path=pictures / f"{name}-{size}-{colours}.png", full_page=size != "desk")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(before)


def sound_on_phone(page: Page, pictures: Path | None, name: str) -> None:
    """The same of a page in a window of its own, with all that can be unfolded, and no wider than the narrowest phone."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    page.evaluate(AXE.read_text("utf-8"))
    own = page.viewport_size
    for colours in COLOURS:
        _sound_in(page, colours, name)
        if pictures:
            page.screenshot(path=pictures / f"{name}-{colours}.png", full_page=True)
    page.set_viewport_size(SIZES["narrow"])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    page.set_viewport_size(own)
    assert page.locator("h1").count() == 1, name
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = false; })")


def _sound_in(page: Page, colours: str, *where: str) -> None:
    # A colour that is still on its way to another one is none to judge.
    page.emulate_media(color_scheme=colours, reduced_motion="reduce")
    found = faults(page, *(BY_COLOURS if colours == "dark" else ()))
    assert found == [], (*where, colours, found)
