"""The allow-list's rule: what is unknown fulfils nothing, and a use is permitted only where every page of it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.allowances import Allowance, allowance_of
from registry.licences import Licence, Use
from registry.permissions import is_permitted_everywhere
from registry.types import Modality

AT = datetime(2026, 11, 24, tzinfo=UTC)
DAY = timedelta(days=1)
PAGE, MEDIA = "https://www.clips.example/watch/1", "https://cdn.example/1.mp4"


def entry(key: str = "a1", **terms: object) -> Allowance:
    common = {"party_id": "p", "subject_id": None, "allowed_by": "J. Doe", "reason": "fan work", "starts_at": AT}
    return Allowance(id=key, **{**common, **terms})  # type: ignore[arg-type]


def use(uploader: str | None = "Fan Hub", page: str = PAGE, subject: str = "s", party: str | None = "p") -> Use:
    host = page.split("/")[2] if page else None
    addresses = (page, MEDIA) if page else ()
    return Use(subject, Modality.FACE, host, uploader, party_id=party, addresses=addresses)


@pytest.mark.parametrize(
    ("terms", "found", "allowed"),
    [
        ({"uploader": "Fan Hub", "host": "clips.example"}, use(), True),
        ({"uploader": "Fan Hub"}, use(), True),
        ({"host": "clips.example"}, use(None), True),
        ({"address": PAGE}, use(None), True),
        ({"address": MEDIA}, use(None), True),
        ({"uploader": "Fan Hub ", "host": "clips.example"}, use(" Fan Hub"), True),
        ({"uploader": "Fan Hub", "host": "other.example"}, use(), False),
        ({"uploader": "fan hub", "host": "clips.example"}, use(), False),  # names are compared as licences compare them
        ({"uploader": "Fan Hub"}, use(None), False),
        ({"uploader": "Fan Hub"}, use(""), False),
        ({"host": "clips.example"}, use(page=""), False),
        ({"host": "lips.example"}, use(), False),
        ({"address": PAGE + "0"}, use(), False),
        ({"uploader": "Fan Hub", "subject_id": "s"}, use(), True),
        ({"uploader": "Fan Hub", "subject_id": "other"}, use(), False),
        ({"uploader": "Fan Hub", "party_id": "other"}, use(), False),
        ({"uploader": "Fan Hub"}, use(party=None), False),
        ({"uploader": "Fan Hub", "starts_at": AT + DAY}, use(), False),
        ({"uploader": "Fan Hub", "starts_at": AT - DAY, "ends_at": AT}, use(), False),
        ({"uploader": "Fan Hub", "revoked_at": AT}, use(), False),
        ({}, use(), False),
    ],
)
def test_an_entry_allows_what_it_names(terms: dict[str, object], found: Use, allowed: bool) -> None:
    assert (allowance_of(found, [entry(**terms)], AT) is not None) is allowed


@pytest.mark.parametrize("modality", list(Modality))
@pytest.mark.parametrize("named", [(), ("face",), ("voice",), ("face", "voice")])
def test_an_entry_lets_a_voice_be_only_where_it_names_it(modality: Modality, named: tuple[str, ...]) -> None:
    found = replace(use(), modality=modality)
    allowed = allowance_of(found, [entry(uploader="Fan Hub", modalities=list(named))], AT) is not None
    assert allowed is (modality.value in named if named else modality is not Modality.VOICE)


def test_what_it_is_for_is_said_where_it_permits() -> None:
    assert entry(host="clips.example").place == "everything on clips.example"
    assert entry(host="clips.example", modalities=["face", "voice"]).place.endswith("clips.example, for face and voice only")


def test_of_several_entries_the_one_that_runs_longest_speaks() -> None:
    ends = entry("a1", uploader="Fan Hub", ends_at=AT + DAY)
    found = allowance_of(
        use(), [ends, entry("a2", uploader="Fan Hub"), entry("a3", host="clips.example", ends_at=AT + 9 * DAY)], AT
    )
    assert found is not None
    assert found.id == "a2"


LICENCE = Licence(id="l1", subject_id="s", licensee="Maker", host="maker.example", territory=[], starts_at=AT)
PAGES = st.sampled_from(("https://clips.example/1", "https://maker.example/1", "https://stranger.example/1"))


@given(st.lists(PAGES, max_size=4))
def test_promise_3_a_video_is_permitted_only_where_each_of_its_pages_is(pages: list[str]) -> None:
    allowed = entry(host="clips.example")
    verdict = is_permitted_everywhere([use(None, page) for page in pages], [LICENCE], [allowed], AT)
    strange = [page for page in pages if "stranger" in page]
    assert verdict.permitted is (bool(pages) and not strange)
    if strange and len(pages) > 1:
        assert verdict.reason.endswith(f"(on {strange[0]})")
    if verdict.permitted:
        assert verdict.allowance_id == ("a1" if "https://clips.example/1" in pages else None)
        assert verdict.licence_id == ("l1" if "https://maker.example/1" in pages else None)
    else:
        assert (verdict.licence_id, verdict.allowance_id) == (None, None)
