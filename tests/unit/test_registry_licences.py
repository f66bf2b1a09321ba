from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.licences import Licence, Use, host_within, is_permitted
from registry.types import Modality

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 7, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)

moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
hosts = st.sampled_from([None, "example.org", "videos.example.org", "notexample.org"])
uploaders = st.sampled_from([None, "studio", "stranger"])
modalities = st.sampled_from([None, *Modality])


def licence(**terms: object) -> Licence:
    return Licence(**{"id": "l1", "subject_id": "s1", "licensee": "Fan Club", "starts_at": START, "ends_at": END, **terms})


def use(**facts: object) -> Use:
    return Use(**{"subject_id": "s1", "modality": Modality.FACE, "host": "example.org", "uploader": "studio", **facts})


@pytest.mark.parametrize(
    ("at", "permitted"), [(START - SECOND, False), (START, True), (END - SECOND, True), (END, False), (END + SECOND, False)]
)
def test_the_start_is_included_and_the_end_is_not(at: datetime, permitted: bool) -> None:
    assert is_permitted(use(), [licence()], at).permitted is permitted


def test_a_permission_names_its_licence_and_a_refusal_its_reason() -> None:
    permission = is_permitted(use(), [licence()], START)
    assert (permission.licence_id, permission.reason) == ("l1", "licensed to Fan Club")
    refusal = is_permitted(use(), [licence(revoked_at=START)], START)
    assert (refusal.licence_id, refusal.reason) == (
        None,
        "no licence of the subject is in force (1 revoked, 0 not yet begun, 0 ended)",
    )


def test_a_refusal_counts_each_licence_once() -> None:
    never_began = licence(starts_at=END, ends_at=None, revoked_at=START)
    refusal = is_permitted(use(), [never_began, licence(ends_at=START, starts_at=START - SECOND)], START)
    assert refusal.reason == "no licence of the subject is in force (1 revoked, 0 not yet begun, 1 ended)"


def test_revocation_ends_a_licence_at_its_moment() -> None:
    revoked = licence(revoked_at=START + SECOND)
    assert is_permitted(use(), [revoked], START).permitted
    assert not is_permitted(use(), [revoked], START + SECOND).permitted


def test_of_several_licences_the_longest_is_named() -> None:
    open_ended = licence(id="l0", ends_at=None)
    assert is_permitted(use(), [licence(), open_ended, licence(id="l9")], START).licence_id == "l0"


@pytest.mark.parametrize(
    ("host", "domain", "within"),
    [
        ("example.org", "example.org", True),
        ("VIDEOS.Example.org", "example.ORG", True),
        ("example.org.", "example.org", True),
        ("notexample.org", "example.org", False),
        ("example.org.evil.net", "example.org", False),
        ("example.org", "videos.example.org", False),
        ("bücher.example", "xn--bcher-kva.example", True),
        ("127.0.0.1", "0.0.1", False),
        ("127.0.0.1", "127.0.0.1", True),
        (None, "example.org", False),
        ("", "example.org", False),
    ],
)
def test_a_host_is_the_domain_or_lies_under_it(host: str | None, domain: str, within: bool) -> None:
    assert host_within(host, domain) is within


@pytest.mark.parametrize(
    ("terms", "facts", "permitted"),
    [
        ({"modality": Modality.FACE}, {}, True),
        ({"modality": Modality.ARTWORK}, {}, False),
        ({"host": "example.org"}, {"host": "a.example.org"}, True),
        ({"host": "example.org"}, {"host": None}, False),
        ({"uploader": "studio"}, {}, True),
        ({"uploader": "studio"}, {"uploader": "Studio"}, False),
        ({"uploader": "studio"}, {"uploader": None}, False),
        ({"uploader": "café"}, {"uploader": "cafe\u0301"}, True),
        ({}, {"host": None, "uploader": None}, True),
        ({}, {"subject_id": "s2"}, False),
    ],
)
def test_every_condition_must_hold(terms: dict[str, object], facts: dict[str, object], permitted: bool) -> None:
    assert is_permitted(use(**facts), [licence(**terms)], START).permitted is permitted


@given(
    at=moments,
    start=moments,
    length=st.timedeltas(SECOND, timedelta(days=700)),
    host=hosts,
    uploader=uploaders,
    modality=modalities,
)
def test_a_licence_that_ended_never_permits(
    at: datetime, start: datetime, length: timedelta, host: str | None, uploader: str | None, modality: Modality | None
) -> None:
    terms = {"host": host, "uploader": uploader, "modality": modality, "starts_at": start}
    revoked = licence(id="revoked", ends_at=None, revoked_at=at - length, **terms)
    expired = licence(id="expired", **{**terms, "starts_at": at - 2 * length, "ends_at": at - length})
    ends_now = licence(id="ends now", **{**terms, "starts_at": at - length, "ends_at": at})
    assert not is_permitted(use(), [revoked, expired, ends_now], at).permitted


@given(
    at=moments,
    start=moments,
    end=st.none() | moments,
    revoked=st.none() | moments,
    host=hosts,
    uploader=uploaders,
    modality=modalities,
)
def test_whatever_is_permitted_is_covered_by_the_licence_that_is_named(
    at: datetime,
    start: datetime,
    end: datetime | None,
    revoked: datetime | None,
    host: str | None,
    uploader: str | None,
    modality: Modality | None,
) -> None:
    terms = licence(starts_at=start, ends_at=end, revoked_at=revoked, host=host, uploader=uploader, modality=modality)
    in_force = start <= at and (end is None or at < end) and (revoked is None or at < revoked)
    covers = host in (None, "example.org") and uploader in (None, "studio") and modality in (None, Modality.FACE)
    assert is_permitted(use(), [terms], at).permitted is (in_force and covers)
