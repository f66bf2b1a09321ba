"""Places by name and by code, and where several mandates reach."""

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.territory import TerritoryRefused, clean_territories, lies_within, shared, territory_named, together

REACHES = st.lists(st.sampled_from(("US", "US-CA", "US-NY", "DE", "DE-BY", "GB")), max_size=4)
PLACES = st.sampled_from(("US", "US-CA", "US-NY", "US-TX", "DE", "DE-BY", "GB", "FR"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("California", "US-CA"),
        ("  the State of  New York ", "US-NY"),
        ("USA", "US"),
        ("the United States of America", "US"),
        ("U.K.", "GB"),
        ("England", "GB-ENG"),
        ("GERMANY", "DE"),
        ("us-tn", "US-TN"),
        ("Georgia, USA", "US-GA"),
        ("Ontario, Canada", "CA-ON"),
        ("Korea, Republic of", "KR"),
        ("Georgia", None),  # a country and a state
        ("CA", None),  # Canada, and what people write for California
        ("California, Germany", None),
        ("USA, USA", None),
        ("the laws of the sea", None),
        ("", None),
        (", ,", None),
    ],
)
def test_a_place_is_known_by_its_name(text: str, code: str | None) -> None:
    assert territory_named(text) == code


def test_every_country_is_known_by_its_name_unless_another_place_has_it_too() -> None:
    named = {country.alpha_2: territory_named(country.name) for country in pycountry.countries}
    assert all(found in (code, None) for code, found in named.items())
    unknown = {code for code, found in named.items() if found is None}
    assert {"GE", "NE", "PR"} <= unknown  # also a state of the US, of Nigeria, and listed with the US
    assert len(unknown) < 25


@pytest.mark.parametrize("code", ["UK", "ZZ", "EU", "US-ZZ"])
def test_a_code_that_no_place_has_is_refused(code: str) -> None:
    with pytest.raises(TerritoryRefused, match="no territory"):
        clean_territories([code])


@given(REACHES, REACHES, PLACES)
def test_a_place_is_reached_by_either_or_by_both_as_by_each(one: list[str], other: list[str], place: str) -> None:
    by_one, by_other = lies_within(place, one), lies_within(place, other)
    assert lies_within(place, together([one, other])) == (by_one or by_other)
    both = shared(one, other)
    assert (both is not None and lies_within(place, both)) == (by_one and by_other)
