"""Nothing that a pictured page does goes past the guard."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.browser import browser, browser_isolation
from crawler.guard import GuardPolicy
from crawler.screenshot import Pictures
from tests.support import leak_traps
from tests.support.browsers import browsers
from tests.support.leak_traps import Traps
from tests.support.loopback_site import Answer, Site

pytestmark = pytest.mark.skipif(browser() is None and os.environ.get("CI") != "true", reason="Chromium is not installed")

ROOT = Path(__file__).resolve().parents[3]
ONE_ADDRESS = GuardPolicy.allowing("127.0.0.1/32")
WAYS = "stun,turn,turns,webtransport,websocket,secure websocket,events,beacon,fetch,encrypted,worker,service worker"


@pytest.fixture
def traps() -> Iterator[Traps]:
    with leak_traps.traps() as set_up:
        yield set_up


def pages(site: Site, traps: Traps) -> list[str]:
    """One page for each address that has traps."""
    for number, address in enumerate(traps.addresses):
        names = {"a": address, "tcp": traps.tcp}
        headers = {name: value.format(**names) for name, value in leak_traps.HEADERS.items()}
        site.routes[f"/{number}"] = Answer(leak_traps.page(traps, address).encode(), headers=headers)
        site.file("/sw.js", leak_traps.SERVICE_WORKER.format(**names).encode(), "text/javascript")
    return [site.url(f"/{number}") for number in range(len(traps.addresses))]


def tried(site: Site) -> bool:
    return any(WAYS.replace(" ", "%20") in path for path in site.asked)


def test_promise_10_no_page_reaches_anything_past_the_guard(site: Site, traps: Traps) -> None:
    with Pictures(ONE_ADDRESS) as pictures:
        taken = [pictures.take(url) for url in pages(site, traps)]
    assert all(each.png for each in taken)
    assert tried(site)
    assert all(any(f":{traps.tcp}/img" in refused for refused in each.refused) for each in taken)
    assert traps.caught == []


def test_the_browser_has_a_network_with_nothing_in_it(site: Site) -> None:
    if "a network of its own" not in browser_isolation():
        assert os.environ.get("CI") != "true"
        pytest.skip("this system gives no network namespace")
    with Pictures(ONE_ADDRESS) as pictures:
        assert pictures.take(site.page("/p", "<h1>Hello</h1>")).png
        (pid,) = browsers(os.getpid())
        assert Path(f"/proc/{pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()
        interfaces = [line.partition(":")[0].strip() for line in Path(f"/proc/{pid}/net/dev").read_text().splitlines()[2:]]
        assert interfaces == ["lo"]
        assert len(Path(f"/proc/{pid}/net/route").read_text().splitlines()) == 1


def test_without_a_namespace_it_is_said_and_the_browsers_own_settings_hold(site: Site, traps: Traps) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give the right to a namespace away")
    code = (
        "import json, logging, sys; from crawler.screenshot import Pictures; from crawler.guard import GuardPolicy\n"
        "from crawler.browser import browser_isolation\n"
        "logging.basicConfig(level=logging.WARNING)\n"
        "with Pictures(GuardPolicy.allowing('127.0.0.1/32')) as pictures:\n"
        "    print(json.dumps([browser_isolation(), [bool(pictures.take(url).png) for url in sys.argv[1:]]]))"
    )
    command = ["setpriv", "--bounding-set", "-sys_admin", sys.executable, "-c", code, *pages(site, traps)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    words, pictured = json.loads(done.stdout)
    assert all(pictured)
    assert words.startswith("Chromium's own settings alone keep it to the guarded proxy: the system gives no network namespace")
    assert "Chromium's own settings alone keep pages to the guarded proxy" in done.stderr
    assert tried(site)
    assert traps.caught == []
