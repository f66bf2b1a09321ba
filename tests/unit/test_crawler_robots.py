"""A robots.txt that takes long to follow is not followed: it forbids, as one that cannot be read does."""

import pytest
from protego import Protego

from crawler.errors import FetchFailed
from crawler.fetch.robots import TOO_INTRICATE, RobotsRules, is_too_intricate
from crawler.guard import read_url
from crawler.types import Trouble

NAMES = "\n".join(f"User-agent: a{number}" for number in range(15_000))
RULES = "\n".join(f"Allow: /{number}" for number in range(15_000))
STARS = "User-agent: *\n" + "\n".join(f"Disallow: /{'*a' * 50}{number}" for number in range(2_000))
LONG = "\n".join(f"User-agent: bot{number}\nDisallow: /{number}\nAllow: /*.css$\n" for number in range(3_000))


@pytest.mark.parametrize(
    "text",
    [
        f"{NAMES}\n{RULES}",
        f"{NAMES.replace('User-agent: ', 'useragent ')}\n{RULES}",
        f"{NAMES.replace(chr(10), chr(10) + 'Sitemap: https://a.example/' + chr(10))}\n{RULES}",
        STARS,
    ],
)
def test_what_is_too_intricate_forbids(text: str) -> None:
    rules = RobotsRules(lambda _: (200, text.encode()))
    with pytest.raises(FetchFailed, match=f"https://a.example/robots.txt {TOO_INTRICATE}") as failed:
        rules.check(read_url("https://a.example/page"))
    assert failed.value.trouble is Trouble.ROBOTS


def test_a_long_one_that_is_plain_is_followed() -> None:
    assert len(LONG) > 100_000
    assert not is_too_intricate(LONG)
    assert not Protego.parse(LONG).can_fetch("https://a.example/7", "bot7")
    RobotsRules(lambda _: (200, LONG.encode())).check(read_url("https://a.example/page"))
