"""Hostile addresses, and spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import Refused
from crawler.guard import GuardPolicy, check_address, check_url
from crawler.urls import canonical_url
from crawler.videos import video_id
from tests.support.hostile_addresses import HOSTILE


@pytest.mark.parametrize("url", HOSTILE)
def test_promise_10_a_hostile_address_is_refused_with_a_remedy(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Refused) as caught:
        check_url(url, GuardPolicy())
    assert [record.getMessage() for record in caplog.records if record.name == "crawler.guard"] == [
        f"refused: {caught.value.what}"
    ]
    assert "secret" not in caplog.text
    assert caught.value.what.endswith((".", ")."))
    assert caught.value.remedy
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://Example.ORG/a/b.mp4?x=1#t=3", "https://example.org/a/b.mp4?x=1"),
        ("http://example.org:80", "http://example.org/"),
        ("https://example.org:8443/v", "https://example.org:8443/v"),
        ("http://93.184.216.34/", "http://93.184.216.34/"),
        ("http://[2606:2800:220:1:248:1893:25c8:1946]/", "http://[2606:2800:220:1:248:1893:25c8:1946]/"),
        ("http://例え.jp/動画", "http://xn--r8jz45g.jp/%E5%8B%95%E7%94%BB"),
        ("https://_dmarc.example.org/", "https://_dmarc.example.org/"),
        ("https://straße.de/", "https://xn--strae-oqa.de/"),
        ("https://ΟΔΟΣ.gr/", "https://xn--pxavbq.gr/"),
        ("https://क्\u200dष.org/", "https://xn--11b2ezcw70k.org/"),
        ("https://ex%61mple。org/", "https://example.org/"),
    ],
)
def test_a_public_address_is_let_through(url: str, read: str) -> None:
    assert check_url(url, GuardPolicy()).url == read


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:10.0.0.1", "fe80::1", "not an address", ""])
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(Refused):
        check_address(address, GuardPolicy())


def test_there_are_at_least_60_hostile_addresses() -> None:
    assert len(set(HOSTILE)) >= 60


def test_a_refused_address_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Refused):
        check_address("10.0.0.1", GuardPolicy())
    assert "refused: 10.0.0.1 is not an address of the public internet (private)." in caplog.text


def test_a_network_of_ones_own_is_allowed_by_name_and_nothing_else() -> None:
    policy = GuardPolicy.allowing("10.1.0.0/16", "fd00:1::/64")
    assert check_url("http://10.1.2.3:3000/", policy).port == 3000
    assert str(check_address("fd00:1::5", policy)) == "fd00:1::5"
    for url in ("http://10.2.0.1/", "http://[::ffff:10.1.2.3]/", "http://127.0.0.1/"):
        with pytest.raises(Refused):
            check_url(url, policy)


def test_no_setting_opens_the_metadata_service() -> None:
    with pytest.raises(Refused, match="credentials"):
        check_url("http://169.254.169.254/", GuardPolicy.allowing("0.0.0.0/0"))


def test_plain_http_can_be_forbidden() -> None:
    policy = GuardPolicy(allowed_schemes=("https",))
    assert check_url("https://example.org/", policy).scheme == "https"
    with pytest.raises(Refused, match="not encrypted"):
        check_url("http://example.org/", policy)


@given(st.text(max_size=80) | st.from_regex(r"https?://[^/]{0,30}(:\w{0,6})?/.{0,20}"))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        url = canonical_url(text)
    except Refused:
        return
    assert url.isascii()
    assert canonical_url(url) == url


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://EXAMPLE.org:80/V.mp4#t=1", "http://example.org/V.mp4"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org./a", "https://example.org/a"),
        ("http://example.org/a/../b/./c", "http://example.org/b/c"),
        ("http://example.org/../..", "http://example.org/"),
        ("http://example.org//a//b", "http://example.org//a//b"),
        ("http://example.org/%7euser/%c3%a4%2F", "http://example.org/~user/%C3%A4%2F"),
        ("http://example.org/ä", "http://example.org/%C3%A4"),
        ("http://example.org/100%", "http://example.org/100%25"),
        ("http://example.org/v?b=2&a=1&a=%41", "http://example.org/v?b=2&a=1&a=A"),
        (" http://example.org/v ", "http://example.org/v"),
        ("http://example.org/a/..%2f..%2fetc/passwd", "http://example.org/a/..%2F..%2Fetc/passwd"),
    ],
)
def test_one_spelling_per_address(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical
    assert video_id(url) == video_id(canonical)


@pytest.mark.parametrize("path", ["/" + "影" * 300, "/\ufffd" * 250, "/?q=" + "ж" * 600])
def test_an_address_that_encoding_makes_too_long_is_refused_where_it_is_found(path: str) -> None:
    written = f"https://site.example{path}"
    assert len(written) < 2048
    with pytest.raises(Refused, match="longer than 2048"):
        canonical_url(written)
