"""The name in a byline is the one that stands there."""

import pytest

from crawler.sources.bylines import cleaned


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("by Moritz K. on 20 November", "Moritz K."),
        ("Posted by Ann Lee.", "Ann Lee"),
        ("By Sam Roe Jr., 3 May 2026", "Sam Roe Jr."),
        ("Von Anna Weiß, 3. November 2026", "Anna Weiß"),
        ("Moritz K.", "Moritz K."),
        ("by J. R. Smith | 4 comments", "J. R. Smith"),
    ],
)
def test_the_full_stop_of_an_initial_belongs_to_the_name(text: str, name: str) -> None:
    assert cleaned(text) == name
