"""How long a key takes in the queue until the next match is painted, in a real headless Chromium.

    python -m benchmarks.console_keys [MATCHES]

Prints p50, p95 and the longest, in milliseconds, from the key's own time to the frame after the one that shows the next match.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from registry.accounts import Role
from tests.support.console import PASSWORD, busy_console

PAINTED = """
addEventListener("keydown", e => {
  const before = document.querySelector(".item")?.dataset.id;
  const look = () => document.querySelector(".item")?.dataset.id !== before
    ? requestAnimationFrame(() => {
        const after = new MessageChannel();
        after.port1.onmessage = () => { window.took = performance.now() - e.timeStamp; };
        after.port2.postMessage(0);
      })
    : requestAnimationFrame(look);
  window.took = null;
  if (e.key === "c") look();
}, true);
"""
READS = 400
"""Milliseconds that somebody looks before the key: the fastest that anybody decides."""


def measured(page: Page, most: int) -> list[float]:
    """Confirm one match after the other; the times in milliseconds."""
    page.add_init_script(PAINTED)
    page.goto("/queue")
    taken: list[float] = []
    while len(taken) < most and page.locator(".item").count():
        page.wait_for_timeout(READS)
        page.keyboard.press("c")
        page.wait_for_function("() => window.took !== null || !document.querySelector('.item')")
        took = page.evaluate("() => window.took ?? null")
        if took is None:
            break
        taken.append(float(took))
    return taken


def main() -> None:
    matches = int(sys.argv[1]) if len(sys.argv) > 1 else 120
    chromium = shutil.which("chromium") or "chromium"
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    try:
        with busy_console(folder / "work", max(2, matches // 3), matches) as console, sync_playwright() as playwright:
            name = console.account("P. Legal", Role.REVIEWER).name
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_context(base_url=console.base).new_page()
            page.goto("/sign-in")
            page.get_by_label("Name of the account").fill(name)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in", exact=True).click()
            page.wait_for_url(console.base)
            taken = measured(page, matches)
            browser.close()
    finally:
        shutil.rmtree(folder)
    p50, p95 = np.percentile(taken, [50, 95])
    print(f"{len(taken)} keys: p50 {p50:.0f} ms, p95 {p95:.0f} ms, longest {max(taken):.0f} ms")


if __name__ == "__main__":
    main()
