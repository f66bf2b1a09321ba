"""Host names are read as a browser reads them: asked of one."""

import json
import os
import time
import unicodedata
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.http import Request, Response

from crawler.browser import Browser, browser
from crawler.errors import Refused
from crawler.fetch.http import HttpFetcher
from crawler.guard import GuardPolicy, read_url
from crawler.spider_guard import LocationMiddleware
from crawler.urls import canonical_url
from registry.hostnames import ascii_host
from registry.hosts import host_within
from tests.support.loopback_site import Site

Ask = Callable[[list[str]], list[str | None]]

NAMES = (
    """
straße.de STRASSE.de faß.de FASS.de FAẞ.de ς.com ΟΔΟΣ.gr οδος.gr βόλος.com ǰ.de ΐ.de ŉ.de xn--zca.de xn--fa-hia.de
XN--FA-HIA.de xn--strae-oqa.de xn--a xn--a- xn--abc xn--3xa.com xn--80ak6aa92e.com xn--e28h.com xn--0.pt xn--ls8h.la
ｘn--a.de xn--a.ä.de xn--zca.ä.de a\\u200cb.org a\\u200db.org क्\\u200dष.com क्\\u200cष.com نامه\\u200cای.com
a\\u00adb.de a\\u200bb.com a\\u200eb.com a\\u202eb.com a\\ufeffb.com ☃.net i❤.ws 💩.la ∞.com √.com 𝐚.com ①.com ⒈com
⑴.com ㍿.jp ℡.com ½.de ª.de ﬁ.de ﷺ.com \\u3164.com ༌.com ex%61mple.org %C3%A4.de %ff.de %E2%80%8Ba.de
ｅｘａｍｐｌｅ.org example。org example．org example｡org a_b.org ab--c.de r3---sn.example \\u0308a.de a\\u0308.de ä.de Ä.de
\\u212a.de K.de \\u00c5.de \\u212b.de A\\u030a.de e\\u0301.fr é.fr пример.рф МИР.com аpple.com pаypal.com 例え.jp
日本語.jp 中国。中国 مثال.إختبار שלום.com אa.com 1א.com א1.com a.אב ا1.ab ١٢٣.ab ١٢٣א.com 한국.kr ไทย.ไทย ελ.ελ հայ.հայ
გე.გე ႠႠ.com Ꭰ.com ꭰ.com ß.ß ı.tr İ.tr i̇.tr
""".encode("ascii", "backslashreplace")
    .decode("unicode_escape")
    .split()
)
LETTERS = [
    chr(code)
    for code in range(0xA1, 0x1FA00)
    if unicodedata.category(chr(code))[0] in "LMNS" or chr(code) in "\u00ad\u200c\u200d"
]
ODD = "ßςẞΣİı\u200c\u200dक्षيبאਾ\u0301\u0308äéKﬀ。．｡1٣०a-"


def drawn_names() -> st.SearchStrategy[str]:
    label = st.text(st.sampled_from(ODD) | st.sampled_from("abcß1-") | st.sampled_from(LETTERS), min_size=1, max_size=7)
    ace = label.map(lambda text: "xn--" + text.encode("punycode").decode())
    return st.lists(label | ace, min_size=1, max_size=3).map(lambda labels: ".".join([*labels, "com"]))


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """What a browser makes of hosts; None for one that it takes for none."""
    program = browser()
    if program is None:
        assert os.environ.get("CI") != "true"
        pytest.skip("Chromium is not installed")
    one = Browser(program, "", 1)
    read = "(%s).map(name => { try { return new URL(`http://${name}/`).hostname } catch { return null } })"
    with one.page("http://127.0.0.1:9", time.monotonic() + 900) as page:

        def asked(names: list[str]) -> list[str | None]:
            said = page.call("Runtime.evaluate", expression=read % json.dumps(names), returnByValue=True)
            return list(said["result"]["value"])

        yield asked
    one.close()


def ours(name: str) -> str | None:
    try:
        return ascii_host(name)
    except ValueError:
        return None


def test_names_are_read_as_a_browser_reads_them(ask: Ask) -> None:
    assert len(NAMES) >= 100
    assert {name: ours(name) for name in NAMES} == dict(zip(NAMES, ask(NAMES), strict=True))


@settings(max_examples=60, deadline=None)
@given(names=st.lists(drawn_names(), min_size=1, max_size=40))
def test_drawn_names_are_read_as_a_browser_reads_them(ask: Ask, names: list[str]) -> None:
    for name, browsers in zip(names, ask(names), strict=True):
        if (read := ours(name)) is None or not all(letter.isalnum() or letter in "-._" for letter in read):
            # Signs within ASCII are for the guard to refuse.
            assert browsers is None or not all(letter.isalnum() or letter in "-._" for letter in browsers), name
        else:
            assert read == browsers, name


READ = (
    "example.org.",
    "a.",
    "127.0.0.1",
    "127.0.0.1.",
    "8.8.8.8",
    "[::1]",
    "[::ffff:1.2.3.4]",
    "１２７.0.0.1",
    "a" * 63 + ".org",
)
REFUSED = (
    *(
        "example.org..",
        ".example.org",
        "a..b",
        ".",
        "..",
        "127.1",
        "0x7f.1",
        "0x7f000001",
        "017700000001",
        "2130706433",
        "0",
        "0.",
    ),
    *("1.2.3.4.5", "256.1.1.1", "1.2.3.08", "1.2.3.0x", "a.1", "a.0x", "a.0x1", "127。1", "08.8.8.8", "8.8.8.8..", "a:b"),
    *("a%2fb", "a%00b", "a%40b", "a%25b", "a!b", "a*b", "a|b", "a^b", "a<b", "[1::2::3]", "[::1%25eth0]", "℀.com", "﹖.com"),
    *("-a.org", "a-.org", "\u00ad", "\u00ad.org", "a" * 64 + ".org", "ä" * 60 + ".org", ".".join(["a" * 60] * 5)),
)


def test_whatever_the_guard_reads_a_browser_reads_alike(ask: Ask) -> None:
    names = [*READ, *REFUSED, *NAMES]
    refused = set()
    for name, browsers in zip(names, ask(names), strict=True):
        try:
            host = read_url(f"http://{name}/").host
        except Refused:
            refused.add(name)
        else:
            assert browsers is not None, name
            assert host == browsers.strip("[]").removesuffix("."), name
    assert refused >= set(REFUSED)
    assert not refused & set(READ)


def test_every_client_goes_to_the_same_name() -> None:
    sharp, ascii_name = "http://straße.de/a", "http://xn--strae-oqa.de/a"
    assert canonical_url(sharp) == ascii_name
    assert host_within("www.xn--strae-oqa.de", "straße.de")
    assert not host_within("strasse.de", "straße.de")
    names: list[str] = []

    def resolve(name: str, _port: int) -> list[str]:
        names.append(name)
        return ["10.0.0.1"]

    with (
        pytest.raises(Refused),
        HttpFetcher(GuardPolicy(), resolve=resolve, obey_robots=False).fetch(sharp, max_bytes=10, max_seconds=5),
    ):
        pytest.fail("the answer was opened")
    assert names == ["xn--strae-oqa.de"]


def test_redirects_are_read_alike_by_fetcher_and_spider(site: Site) -> None:
    sharp, ascii_url = "http://straße.example/ä?ö", "http://xn--strae-oqa.example/%C3%A4?%C3%B6"
    site.redirect("/moved", sharp.encode().decode("latin-1"))
    names: list[str] = []

    def resolve(name: str, _port: int) -> list[str]:
        names.append(name)
        return ["127.0.0.1"] if name == "127.0.0.1" else []

    fetcher = HttpFetcher(GuardPolicy.allowing("127.0.0.0/8"), resolve=resolve, obey_robots=False)
    with pytest.raises(Exception, match="xn--strae-oqa"), fetcher.fetch(site.url("/moved"), max_bytes=10, max_seconds=5):
        pytest.fail("the answer was opened")
    assert names[-1] == "xn--strae-oqa.example"
    answer = Response(site.url("/moved"), status=302, headers={"Location": sharp.encode()})
    moved = LocationMiddleware().process_response(Request(site.url("/moved")), answer)
    assert moved.headers["Location"] == ascii_url.encode()
