"""Which uses a licence permits: every condition by itself and with others, to the second, in any time zone."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.licences import Licence, Use, is_permitted
from registry.types import Modality

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 7, 1, tzinfo=UTC)
DURING = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TOKYO, NEW_YORK, KIRITIMATI = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York"), timezone(timedelta(hours=14))

FACTS = {
    "subject_id": "fox",
    "modality": Modality.ARTWORK,
    "host": "videos.example.org",
    "uploader": "Northlight Kids",
    "generators": ("Sora",),
    "territory": "US-CA",
    "projects": ("Winter Tale",),
    "groups": ("forty",),
}
UNKNOWN = {"host": None, "uploader": None, "generators": (), "territory": None, "projects": ()}

MATRIX = [
    # subject and group
    ("its own subject", {}, {}, DURING, True),
    ("another subject", {"subject_id": "bear"}, {}, DURING, False),
    ("its group", {"subject_id": None, "group_id": "forty"}, {}, DURING, True),
    ("another group", {"subject_id": None, "group_id": "other"}, {}, DURING, False),
    ("a subject in no group", {"subject_id": None, "group_id": "forty"}, {"groups": ()}, DURING, False),
    # modality: characters without human likeness or voice
    ("that modality", {"modality": Modality.ARTWORK}, {}, DURING, True),
    ("the face when artwork is licensed", {"modality": Modality.ARTWORK}, {"modality": Modality.FACE}, DURING, False),
    ("any modality", {}, {"modality": Modality.FACE}, DURING, True),
    # platform
    ("that platform", {"host": "videos.example.org"}, {}, DURING, True),
    ("a host under the platform", {"host": "example.org"}, {}, DURING, True),
    ("a host that only ends alike", {"host": "ple.org"}, {}, DURING, False),
    ("another platform", {"host": "example.net"}, {}, DURING, False),
    ("an unknown platform", {"host": "example.org"}, {"host": None}, DURING, False),
    # channel
    ("that channel", {"uploader": "Northlight Kids"}, {}, DURING, True),
    ("a channel of another case", {"uploader": "NORTHLIGHT KIDS"}, {}, DURING, False),
    ("another channel", {"uploader": "SpaceDealz"}, {}, DURING, False),
    ("an unknown channel", {"uploader": "Northlight Kids"}, {"uploader": None}, DURING, False),
    # generator
    ("that generator", {"generator": "Sora"}, {}, DURING, True),
    ("another generator", {"generator": "Veo"}, {}, DURING, False),
    ("one of several named", {"generator": "Veo"}, {"generators": ("Sora", "Veo")}, DURING, True),
    ("an unknown generator", {"generator": "Sora"}, {"generators": ()}, DURING, False),
    ("a generator that contains its name", {"generator": "Sora"}, {"generators": ("Soran",)}, DURING, False),
    # territory
    ("that territory", {"territory": ["US-CA"]}, {}, DURING, True),
    ("a part of the territory", {"territory": ["US"]}, {}, DURING, True),
    ("the whole when a part is licensed", {"territory": ["US-CA"]}, {"territory": "US"}, DURING, False),
    ("another territory", {"territory": ["DE", "FR"]}, {}, DURING, False),
    ("one of several territories", {"territory": ["DE", "US"]}, {}, DURING, True),
    ("everywhere when a territory is licensed", {"territory": ["US"]}, {"territory": None}, DURING, False),
    ("everywhere when everywhere is licensed", {"territory": []}, {"territory": None}, DURING, True),
    # project
    ("that project", {"project": "Winter Tale"}, {}, DURING, True),
    ("a new project", {"project": "Summer Tale"}, {}, DURING, False),
    ("an unknown project", {"project": "Winter Tale"}, {"projects": ()}, DURING, False),
    # all together
    (
        "every condition at once",
        {
            "modality": Modality.ARTWORK,
            "host": "example.org",
            "uploader": "Northlight Kids",
            "generator": "Sora",
            "territory": ["US"],
            "project": "Winter Tale",
        },
        {},
        DURING,
        True,
    ),
    ("all but one condition", {"host": "example.org", "generator": "Veo", "project": "Winter Tale"}, {}, DURING, False),
    ("nothing known, nothing asked", {}, UNKNOWN, DURING, True),
    # dates
    ("a second before the start", {}, {}, START - SECOND, False),
    ("the start", {}, {}, START, True),
    ("the last second", {}, {}, END - SECOND, True),
    ("the end", {}, {}, END, False),
    ("long after an open end", {"ends_at": None}, {}, datetime(2126, 1, 1, tzinfo=UTC), True),
    ("before the start with an open end", {"ends_at": None}, {}, START - SECOND, False),
    ("the moment of revocation", {"revoked_at": DURING}, {}, DURING, False),
    ("just before revocation", {"revoked_at": DURING}, {}, DURING - SECOND, True),
    ("revoked without an end", {"ends_at": None, "revoked_at": DURING}, {}, DURING + SECOND, False),
    ("a revocation that is announced", {"revoked_at": END}, {}, DURING, True),
    # time zones: the same moment, however it is written
    ("the start as Tokyo writes it", {}, {}, datetime(2026, 1, 1, 9, tzinfo=TOKYO), True),
    ("before the start as Tokyo writes it", {}, {}, datetime(2026, 1, 1, 8, 59, 59, tzinfo=TOKYO), False),
    ("the start as New York writes it", {}, {}, datetime(2025, 12, 31, 19, tzinfo=NEW_YORK), True),
    ("the end as New York writes it, in summer time", {}, {}, datetime(2026, 6, 30, 20, tzinfo=NEW_YORK), False),
    ("just before the end as New York writes it", {}, {}, datetime(2026, 6, 30, 19, 59, 59, tzinfo=NEW_YORK), True),
    ("the new year where it comes first", {}, {}, datetime(2026, 1, 1, tzinfo=KIRITIMATI), False),
    (
        "a start written in Tokyo",
        {"starts_at": datetime(2026, 3, 1, tzinfo=TOKYO)},
        {},
        datetime(2026, 2, 28, 15, tzinfo=UTC),
        True,
    ),
    (
        "an end in the hour that summer time skips",
        {"ends_at": datetime(2026, 3, 8, 2, 30, tzinfo=NEW_YORK)},
        {},
        datetime(2026, 3, 8, 7, 30, tzinfo=UTC),
        False,
    ),
    (
        "the first of two hours that autumn repeats",
        {"ends_at": datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=NEW_YORK)},
        {},
        datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
        True,
    ),
]


def licence(**terms: object) -> Licence:
    plain = {"id": "l1", "subject_id": "fox", "licensee": "Generator Inc", "territory": [], "starts_at": START, "ends_at": END}
    return Licence(**{**plain, **terms})


@pytest.mark.parametrize(("terms", "facts", "at", "permitted"), [row[1:] for row in MATRIX], ids=[row[0] for row in MATRIX])
def test_promise_3_the_matrix(terms: dict[str, object], facts: dict[str, object], at: datetime, permitted: bool) -> None:
    found = is_permitted(Use(**{**FACTS, **facts}), [licence(**terms)], at)  # type: ignore[arg-type]
    assert found.permitted is permitted
    assert found.licence_id == ("l1" if permitted else None)
    assert found.reason


def test_the_matrix_has_its_cases() -> None:
    assert len({row[0] for row in MATRIX}) == len(MATRIX) >= 40


def test_a_refusal_says_what_is_missing_and_what_is_unknown() -> None:
    use = Use(**{**FACTS, **UNKNOWN})  # type: ignore[arg-type]
    held = [
        licence(id="far", host="a.example", uploader="x", project="y"),
        licence(id="near", generator="Sora", territory=["US"]),
    ]
    reason = is_permitted(use, held, DURING).reason
    assert "Generator Inc is licensed with the generator Sora only (which is unknown here), in US only" in reason


def test_a_permission_that_rests_on_what_the_publisher_says_says_so() -> None:
    found = is_permitted(Use(**FACTS), [licence(generator="Sora", project="Winter Tale")], DURING)  # type: ignore[arg-type]
    assert found.reason == "licensed to Generator Inc (generator Sora and project Winter Tale, as the publisher states)"


zones = st.sampled_from([UTC, TOKYO, NEW_YORK, KIRITIMATI])
moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=zones, allow_imaginary=False)
spans = st.timedeltas(timedelta(0), timedelta(days=800))
conditions = st.fixed_dictionaries(
    {
        "modality": st.sampled_from([None, *Modality]),
        "host": st.sampled_from([None, "example.org", "example.net"]),
        "uploader": st.sampled_from([None, "Northlight Kids", "x"]),
        "generator": st.sampled_from([None, "Sora", "Veo"]),
        "territory": st.sampled_from([[], ["US"], ["DE"]]),
        "project": st.sampled_from([None, "Winter Tale", "x"]),
    }
)
scopes = st.sampled_from([{"subject_id": "fox"}, {"subject_id": None, "group_id": "forty"}, {"subject_id": "bear"}])


@given(at=moments, held=st.lists(st.tuples(scopes, conditions, moments, spans, st.booleans()), min_size=1, max_size=6))
def test_promise_3_a_revoked_or_expired_licence_never_permits(at: datetime, held: list[tuple]) -> None:
    """Whatever its conditions, and however many there are: each of these ended, or was revoked, at that moment or before."""
    over = []
    for number, (scope, terms, start, ago, revoked) in enumerate(held):
        when = {"ends_at": None, "revoked_at": at - ago} if revoked else {"ends_at": at - ago}
        over.append(licence(id=str(number), **scope, **terms, starts_at=min(start, at - ago - SECOND), **when))
    found = is_permitted(Use(**FACTS), over, at)  # type: ignore[arg-type]
    assert not found.permitted
    assert found.licence_id is None


@given(at=moments, scope=scopes, terms=conditions, start=moments, end=st.none() | moments, revoked=st.none() | moments)
def test_promise_3_what_is_permitted_is_in_force_and_covered(
    at: datetime, scope: dict, terms: dict, start: datetime, end: datetime | None, revoked: datetime | None
) -> None:
    one = licence(**scope, **terms, starts_at=start, ends_at=end, revoked_at=revoked)
    in_force = start <= at and (end is None or at < end) and (revoked is None or at < revoked)
    fulfilled = {
        "modality": (None, Modality.ARTWORK),
        "host": (None, "example.org"),
        "uploader": (None, "Northlight Kids"),
        "generator": (None, "Sora"),
        "territory": ([], ["US"]),
        "project": (None, "Winter Tale"),
    }
    covers = scope["subject_id"] != "bear" and all(terms[name] in met for name, met in fulfilled.items())
    assert is_permitted(Use(**FACTS), [one], at).permitted is (in_force and covers)  # type: ignore[arg-type]
