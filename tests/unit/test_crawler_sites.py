"""Which site a host is part of: whoever registered its name."""

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from crawler.sites import site_of
from crawler.videos import Video
from monitor.runs.capturing import sites_of

LABEL = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True).filter(lambda label: label[2:4] != "--")


def test_hosts_of_one_owner_are_one_site() -> None:
    assert site_of("https://v1.example.org/a.mp4") == site_of("http://cdn.v2.example.org:8443/b.mp4") == "example.org"
    assert site_of("https://media.example.co.uk/") == "example.co.uk"
    assert site_of("https://video.straße.de/") == "xn--strae-oqa.de"


def test_blogs_of_one_host_of_blogs_are_sites_of_their_own() -> None:
    assert site_of("https://one.blogspot.com/") != site_of("https://two.blogspot.com/")


def test_an_address_of_numbers_and_an_unregistered_name_are_sites_with_their_ports() -> None:
    assert site_of("http://127.0.0.1:8080/a") == "127.0.0.1:8080" != site_of("http://127.0.0.1:8081/a")
    assert site_of("http://[::1]:8080/a") == "[::1]:8080"
    assert site_of("http://intranet:8080/a") == "intranet:8080"
    assert site_of("https://co.uk/") == "co.uk"


def test_what_is_not_asked_over_http_is_no_site() -> None:
    assert [site_of(each) for each in ("file:///a.mp4", "", "a.mp4", "http://[broken/", "data:,x")] == [None] * 5


@given(st.lists(LABEL, max_size=3), LABEL)
def test_whatever_stands_before_a_registered_name_is_the_same_site(before: list[str], name: str) -> None:
    assert site_of(f"https://{'.'.join([*before, name])}.museum/") == f"{name}.museum"


def test_a_video_touches_the_sites_of_its_media_and_its_page() -> None:
    video = Video(id="v", media_url="https://v7.cdn.example.net/a.mp4", page_url="https://www.example.org/watch?v=7")
    assert sites_of(video) == {"example.net", "example.org"}
    assert sites_of(Video(id="f", media_url="file:///inbox/a.mp4")) == frozenset()


def test_commands_that_capture_nothing_do_not_load_the_list() -> None:
    asked = "import sys, monitor.runs.capturing; print('tldextract' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"
