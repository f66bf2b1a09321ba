"""One Chromium for a file of tests, and contexts of it in which nothing may break the pages' own policy."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.support.console import OWNER, PASSWORD, Console

# What is waited for comes late where a machine has much else to do.
expect.set_options(timeout=60_000)

WITNESS = """
window.broken = [];
addEventListener("securitypolicyviolation", e => {
  window.broken.push(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`);
  reportBroken(window.broken.at(-1));
});
"""


# While Playwright runs, the thread has an event loop, in which nothing else could run one: it ends with the file's tests.
@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def sign_in(console: Console, context: BrowserContext, name: str) -> None:
    """As people do it: an account by its password, the machine's owner, whose name is OWNER, by an opening link."""
    page = context.new_page()
    if name == OWNER:
        page.goto(f"/open/{console.opened()}")
        page.get_by_label("Your name").fill("O. Wner")
        page.get_by_role("button", name="Go on").click()
    else:
        page.goto("/sign-in")
        page.get_by_label("Name of the account").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(console.base)
    page.close()


@pytest.fixture
def enter(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a context that is signed in to a console; at the end none of its pages broke the policy, and no script failed."""
    opened: list[BrowserContext] = []
    broken: list[str] = []

    def open_context(console: Console, name: str | None, **options: Any) -> BrowserContext:
        context = browser.new_context(base_url=console.base, **({"viewport": {"width": 1280, "height": 900}} | options))
        context.expose_function("reportBroken", lambda said: broken.append(said))
        context.add_init_script(WITNESS)
        context.on("weberror", lambda error: broken.append(str(error.error)))
        if name is not None:
            sign_in(console, context, name)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()
    assert broken == []


@pytest.fixture
def pictures() -> Path | None:
    """Where pictures of pages go, for people to look at; None where nobody asked."""
    folder = os.environ.get("PICTURES_OF_PAGES")
    return Path(folder) if folder else None
