"""A queue gone through by keys alone in a real headless Chromium: keys, mouse events, and the time until the next is painted."""

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from playwright.sync_api import Page, sync_playwright
from sqlmodel import select

from registry.accounts import Role
from registry.db import now
from reports.matches import MatchRow, MatchStatus
from reports.review import Decision, review
from tests.support.console import PASSWORD, Console, busy_console

WITNESS = """
window.mouse = 0;
for (const kind of ["mousedown", "click", "pointerdown", "wheel"]) {
  addEventListener(kind, e => { if (e.isTrusted && (e.detail > 0 || kind === "wheel")) window.mouse += 1; }, true);
}
let pressed = 0;
addEventListener("keydown", e => {
  const before = document.querySelector(".item")?.dataset.id, mine = ++pressed;
  const look = () => {
    if (mine !== pressed) return;
    if (document.querySelector(".item")?.dataset.id === before) { requestAnimationFrame(look); return; }
    requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = () => { window.took = performance.now() - e.timeStamp; };
      after.port2.postMessage(0);
    });
  };
  window.took = null;
  look();
}, true);
"""
"""From the last key's own time to the frame after the one that shows the next match."""

READS = 400
"""Milliseconds that somebody looks before the key: the fastest that anybody decides."""

WAYS = (("c",), ("r", "2"), ("c",), ("l", "3"))
"""Keys of one decision after the other: confirm, reject with a reason, and let be with one."""


@dataclass
class Walk:
    """What going through the queue took. taken: milliseconds of each decision. most: keys of the longest of each kind."""

    taken: list[float] = field(default_factory=list)
    most: dict[str, int] = field(default_factory=dict)
    mouse: int = 0


def all_waiting(console: Console, most: int) -> int:
    """Have so many matches wait that were decided on; how many wait then."""
    with console.workspace.session() as session:
        rows = session.exec(select(MatchRow.id, MatchRow.status).order_by(MatchRow.id)).all()
        waiting = sum(status is MatchStatus.PENDING for _, status in rows)
        for key, status in rows:
            if waiting < most and status in (MatchStatus.CONFIRMED, MatchStatus.REJECTED):
                review(session, key, Decision.REOPEN, "A benchmark", "to have it wait", now())
                waiting += 1
        session.commit()
        return len(session.exec(select(MatchRow.id).where(MatchRow.status == MatchStatus.PENDING)).all())


def walked(page: Page, most: int) -> Walk:
    """Decide on one match after the other, by keys alone."""
    page.add_init_script(WITNESS)
    page.goto("/queue")
    walk = Walk()
    while len(walk.taken) < most and page.locator(".item").count():
        page.wait_for_timeout(READS)
        keys = WAYS[len(walk.taken) % len(WAYS)]
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_function("() => window.took !== null || !document.querySelector('.item')")
        took = page.evaluate("() => window.took ?? null")
        if took is None:
            break
        walk.taken.append(float(took))
        walk.most[keys[0]] = max(len(keys), walk.most.get(keys[0], 0))
        walk.mouse = max(walk.mouse, page.evaluate("window.mouse"))
    return walk


def console_keys(matches: Annotated[int, typer.Argument(help="How many wait.")] = 300) -> None:
    """Review so many matches by keys alone; exits with 1 where that took more keys, the mouse, or over 100 ms (p95)."""
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    try:
        with busy_console(folder / "work", max(2, matches // 3), matches + matches // 2) as console:
            waiting = all_waiting(console, matches)
            walk = _in_chromium(console, matches)
    finally:
        shutil.rmtree(folder)
    p50, p95 = np.percentile(walk.taken, [50, 95])
    print(
        f"{len(walk.taken)} times of {waiting} decisions (the last shows no next): {walk.most.get('c')} key to confirm, "
        f"{walk.most.get('r')} to reject, "
        f"{walk.mouse} mouse events; until painted p50 {p50:.0f} ms, p95 {p95:.0f} ms, longest {max(walk.taken):.0f} ms"
    )
    if walk.mouse or walk.most.get("c", 0) > 2 or walk.most.get("r", 0) > 3 or p95 > 100:
        raise typer.Exit(1)


def _in_chromium(console: Console, matches: int) -> Walk:
    with sync_playwright() as playwright:
        name = console.account("P. Legal", Role.REVIEWER).name
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium") or "chromium", args=["--no-sandbox"])
        page = browser.new_context(base_url=console.base).new_page()
        page.goto("/sign-in")
        page.get_by_label("Name of the account").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(console.base)
        walk = walked(page, matches)
        browser.close()
    return walk
