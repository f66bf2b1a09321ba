"""What a registrar relies on: members' numbers, photos that stay out, who left and comes back, rosters that are not theirs."""

import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from benchmarks.patterns import PatternRecogniser, save_photo
from matcher.errors import ReferenceRefused
from monitor.disposing import apply_policy
from monitor.duplicate_check import Comparison, limits_of
from monitor.enrolment import enrol_file
from monitor.roster.comparing import compare
from monitor.roster.doubts import StrangeRoster, clock_set_back
from monitor.roster.enrolled import members_of
from monitor.roster.numbering import NumbersUndecided
from monitor.roster.outcomes import Result
from monitor.roster.photos import open_photos
from monitor.roster.table import open_roster
from monitor.workspace import Workspace, alone
from registry.actions import Action
from registry.db import now
from registry.erase import erase_subject
from registry.kinds import LikenessGround, Numbers
from registry.members import Member, decide_numbering
from registry.paging import Part
from registry.parties import Party
from registry.references import list_references
from registry.refusals import allow, find_refusal, list_refusals
from registry.sealing import rotate
from registry.subjects import find_subject, list_subjects
from tests.support.audit_log import list_entries
from tests.support.rosters import people, take_in, union_workspace, write_csv


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with union_workspace(tmp_path / "work") as workspace:
        yield workspace


def the_party(session: Session) -> Party:
    return session.exec(select(Party)).one()


def photos_of(workspace: Workspace) -> dict[str, list[str]]:
    with workspace.session() as session:
        return {s.name: sorted(row.file_name for row in list_references(session, s)) for s in list_subjects(session)}


def test_the_limit_of_likeness_does_not_follow_the_gallery(workspace: Workspace, tmp_path: Path) -> None:
    """A photo that shows another member by a hair is refused among two members, and among many."""
    recogniser = PatternRecogniser()
    limit = limits_of(recogniser).alike
    alike = _photo_alike(recogniser, tmp_path, limit + 0.005)
    for crowd in (0, 150):
        photos = people(tmp_path / f"photos{crowd}", 1)
        people(photos, crowd, first=100)
        (photos / "2.png").write_bytes(alike)
        rows = [["number", "name", "photo"], [1, "Ada", "1/0.png"], [2, "Bo", "2.png"]]
        rows += [[number, f"Member {number}", f"{number}/0.png"] for number in range(100, 100 + crowd)]
        made = take_in(workspace, write_csv(tmp_path / "roster.csv", rows), photos, sure=True)
        assert made[3].result is Result.REFUSED
        assert "It shows 'Ada' (row 2)" in " ".join(made[3].says)


def _photo_alike(recogniser: PatternRecogniser, folder: Path, wanted: float) -> bytes:
    """A photo of nobody in particular whose cosine to the first member's is about that."""
    import cv2
    import numpy as np

    from benchmarks.patterns import picture

    one, other = (picture(person, 0).astype(np.float32) for person in (1, 50))
    whom = recogniser.enrol(picture(1, 0))["vector"]
    for share in np.linspace(1, 0, 400):
        mixed = np.clip(128 + share * (one - 128) + (1 - share) * (other - 128), 0, 255).astype(np.uint8)
        found = float(recogniser.enrol(mixed)["vector"] @ whom)
        if found < wanted + 0.004:
            assert found > wanted - 0.004
            return bytes(cv2.imencode(".png", mixed)[1].tobytes())
    raise AssertionError(folder)


def test_a_refused_photo_stays_out_until_a_person_decides(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 3)
    rows = [["number", "name", "photo"], [1, "Ada", "1/0.png;1/1.png"], [2, "Bo", "1/2.png;2/0.png;2/1.png"]]
    roster = write_csv(tmp_path / "roster.csv", rows)
    first = take_in(workspace, roster, photos)
    assert "1/2.png: not enrolled. It shows 'Ada' (row 2)" in " ".join(first[3].says)
    assert photos_of(workspace) == {"Ada": ["0.png", "1.png"], "Bo": ["0.png", "1.png"]}
    with workspace.session() as session:
        (refusal,) = list_refusals(session, the_party(session).id)
        assert (refusal.number, refusal.file_name) == ("2", "2.png")
        refusal_id = refusal.id
        rotate(session, workspace.vault, new_key=True)
        erase_subject(session, workspace.vault, find_subject(session, "Ada"), now(), "asked for")
    # Nobody is there any more whom it resembles: it stays out by its bytes, under another name of the file as well.
    (photos / "again.png").write_bytes((photos / "1" / "2.png").read_bytes())
    rows = [*rows[:2], [2, "Bo", "again.png;2/0.png;2/1.png"], [3, "Cy", "again.png"]]
    again = take_in(workspace, write_csv(tmp_path / "b.csv", rows), photos)
    assert [made.result for made in again.values()] == [Result.ERASED, Result.UNCHANGED, Result.REFUSED]
    assert photos_of(workspace) == {"Bo": ["0.png", "1.png"]}
    with workspace.session() as session:
        refusal = find_refusal(session, the_party(session).id, refusal_id[:9])
        assert (refusal.number, refusal.file_name) == ("", "")
        allow(session, refusal, LikenessGround.TWINS)
        session.commit()
        entry = list_entries(session, table="refused_photo", row=refusal_id)[-1]
        assert entry.detail["ground"] == "twins"
    assert take_in(workspace, roster, photos)[3].photos == 1
    assert photos_of(workspace) == {"Bo": ["0.png", "1.png", "2.png"]}


def test_by_hand_too_a_refused_photo_stays_out_until_somebody_says_why(workspace: Workspace, tmp_path: Path) -> None:
    photos, recogniser = people(tmp_path / "photos", 2), PatternRecogniser()
    rows = [["number", "name", "photo"], [1, "Ada", "1/0.png"], [2, "Bo", "2/0.png"]]
    take_in(workspace, write_csv(tmp_path / "roster.csv", rows), photos)
    with workspace.session() as session:
        bo, party = find_subject(session, "Bo"), the_party(session)

        def enrol(despite: LikenessGround | None = None) -> None:
            compare = Comparison(session, recogniser, party.id)
            file = photos / "1" / "1.png"
            enrol_file(workspace, session, [recogniser], bo, file, compare=[compare], despite=despite)
            session.commit()

        with pytest.raises(ReferenceRefused, match="shows 'Ada', who is enrolled already"):
            enrol()
        session.commit()
        erase_subject(session, workspace.vault, find_subject(session, "Ada"), now(), "asked for")
        with pytest.raises(ReferenceRefused, match="shows somebody who is not enrolled any more"):
            enrol()
        session.commit()
        enrol(LikenessGround.OTHER_WRONG)
        assert len(list_references(session, bo)) == 2
        assert [row.ground for row in list_refusals(session, party.id, decided=True)] == [LikenessGround.OTHER_WRONG]


def test_numbers_that_differ_in_zeros_are_decided_once_and_never_guessed(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 3)
    both = [["number", "name", "photo"], ["00123", "Ada", "1/0.png"], ["123", "Bo", "2/0.png"]]
    roster = write_csv(tmp_path / "both.csv", both)
    with pytest.raises(NumbersUndecided, match="'00123' and '123'") as told:
        take_in(workspace, roster, photos)
    assert told.value.steps == (Action.DECIDE_NUMBERS.of("Union"),)
    padded = write_csv(tmp_path / "padded.csv", [["number", "name", "photo"], ["00123", "Ada", "1/0.png"]])
    plain = write_csv(tmp_path / "plain.csv", [["number", "name", "photo"], [" 123", "Ada", "1/0.png"]])
    take_in(workspace, padded, photos)
    with pytest.raises(NumbersUndecided, match="'123'"):
        take_in(workspace, plain, photos)
    with workspace.session() as session:
        assert [row.number for row, _ in members_of(session, the_party(session)).rows] == ["00123"]
        decide_numbering(session, the_party(session).id, Numbers.LOOSELY)
        session.commit()
    assert take_in(workspace, plain, photos)[2].result is Result.UNCHANGED
    with workspace.session() as session:
        erase_subject(session, workspace.vault, find_subject(session, "Ada"), now(), "asked for")
    assert take_in(workspace, plain, photos)[2].result is Result.ERASED
    with workspace.session() as session:
        decide_numbering(session, the_party(session).id, Numbers.EXACTLY)
        session.commit()
    assert [made.result for made in take_in(workspace, roster, photos).values()] == [Result.ERASED, Result.ENROLLED]


def test_a_member_of_an_earlier_version_is_not_given_another_key(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 1)
    take_in(workspace, write_csv(tmp_path / "a.csv", [["number", "name", "photo"], ["0042", "Ada", "1/0.png"]]), photos)
    with workspace.session() as session:
        member = session.exec(select(Member)).one()
        member.number = member.loose_id = ""  # as revision 0015 has it
        session.commit()
    with pytest.raises(NumbersUndecided):
        take_in(workspace, write_csv(tmp_path / "b.csv", [["number", "name", "photo"], ["42", "Ada", "1/0.png"]]), photos)
    take_in(workspace, tmp_path / "a.csv", photos)
    with workspace.session() as session:
        assert session.exec(select(Member)).one().number == "0042"


def test_what_retention_erased_comes_back_with_a_new_consent_alone(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 2)
    rows = [["number", "name", "photo"], [1, "Lapsed", "1/0.png"], [2, "Asks Out", "2/0.png"]]
    roster = write_csv(tmp_path / "roster.csv", rows)
    take_in(workspace, roster, photos)
    with workspace.session() as session, alone(workspace):
        erase_subject(session, workspace.vault, find_subject(session, "Asks Out"), now(), "asked for")
        later = now() + timedelta(days=workspace.settings.retention.without_mandate_days + 1)
        assert len(apply_policy(workspace, session, later)) == 1
    told = take_in(workspace, roster, photos)
    assert [made.result for made in told.values()] == [Result.ERASED] * 2
    assert "with a new consent of theirs they are taken in again" in told[2].says[0]
    assert take_in(workspace, roster, photos, dry_run=True, new_consent=True)[2].result is Result.ENROLLED
    back = take_in(workspace, roster, photos, new_consent=True)
    assert [made.result for made in back.values()] == [Result.ENROLLED, Result.ERASED]
    assert photos_of(workspace) == {"Lapsed": ["0.png"]}
    assert take_in(workspace, roster, photos)[2].result is Result.UNCHANGED


def test_members_are_seen_searched_and_laid_beside_a_roster(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 4)
    rows = [["number", "name"], *([number, name] for number, name in enumerate(("Ada Byron", "Bo", "Cy", "Gone"), 1))]
    take_in(workspace, write_csv(tmp_path / "a.csv", rows), photos)
    with workspace.session() as session:
        erase_subject(session, workspace.vault, find_subject(session, "Gone"), now(), "asked for")
        party = the_party(session)
        assert [(row.number, row.name) for row, _ in members_of(session, party).rows] == [
            ("1", "Ada Byron"),
            ("2", "Bo"),
            ("3", "Cy"),
        ]
        assert [row.name for row, _ in members_of(session, party, Part("BYR")).rows] == ["Ada Byron"]
        assert [row.name for row, _ in members_of(session, party, Part("2")).rows] == ["Bo"]
        assert not list(members_of(session, party, Part("%")).rows)
        rows = [["number", "name"], [1, "Ada King"], [2, "bo"], [4, "Gone"], [5, "New"], [6, ""]]
        found = compare(session, party, open_roster(write_csv(tmp_path / "b.csv", rows)))
    assert [(row.what, row.row, row.number, row.name, row.enrolled_as) for row in found] == [
        ("other name", 2, "1", "Ada King", "Ada Byron"),
        ("erased", 4, "4", "Gone", ""),
        ("in the file, not enrolled", 5, "5", "New", ""),
        ("cannot be told", 6, "6", "", ""),
        ("enrolled, not in the file", None, "3", "Cy", "Cy"),
    ]


def test_another_unions_roster_is_not_taken_in_unasked(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 24)
    ours = [["number", "name"], *([n, f"Member {n}"] for n in range(1, 13))]
    take_in(workspace, write_csv(tmp_path / "ours.csv", ours), photos)
    before = photos_of(workspace)
    for first, words in ((13, "12 of its 12 members are not among"), (1, "12 of the 12 members whose numbers")):
        theirs = [["number", "name"], *([n, f"Other {n}"] for n in range(first, first + 12))]
        roster = write_csv(tmp_path / "theirs.csv", theirs)
        for dry_run in (True, False):
            with pytest.raises(StrangeRoster, match=words):
                take_in(workspace, roster, photos, dry_run=dry_run)
    assert photos_of(workspace) == before
    more = write_csv(tmp_path / "more.csv", [["number", "name"], *([n, f"New {n}"] for n in range(13, 25))])
    assert {made.result for made in take_in(workspace, more, photos, sure=True).values()} == {Result.ENROLLED}


def test_a_roster_that_was_taken_in_in_part_is_taken_up_again_unasked(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 30)
    rows = [["number", "name"], *([n, f"Member {n}"] for n in range(1, 31))]
    take_in(workspace, write_csv(tmp_path / "part.csv", rows[:13]), photos)
    made = take_in(workspace, write_csv(tmp_path / "all.csv", rows), photos)
    assert Counter(one.result for one in made.values()) == {Result.UNCHANGED: 12, Result.ENROLLED: 18}


def test_a_clock_that_was_set_back_is_told(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 1)
    take_in(workspace, write_csv(tmp_path / "a.csv", [["number", "name"], [1, "Ada"]]), photos)
    with workspace.session() as session:
        assert clock_set_back(session, the_party(session)) == ""
        session.exec(select(Member)).one().imported_at = now() + timedelta(days=2)
        session.flush()
        assert "set back" in clock_set_back(session, the_party(session))


def test_one_row_for_each_photo_makes_one_member(workspace: Workspace, tmp_path: Path) -> None:
    photos = people(tmp_path / "photos", 1)
    rows = [["number", "name", "photo", "year"], [1, "Ada", "1/0.png", "1999"], [1, "ADA", "1/1.png", "2004"]]
    made = take_in(workspace, write_csv(tmp_path / "a.csv", rows), photos)
    assert [(one.result, one.photos) for one in made.values()] == [(Result.ENROLLED, 1)] * 2
    assert photos_of(workspace) == {"ADA": ["0.png", "1.png"]}


@pytest.mark.parametrize("packed", [False, True])
def test_photos_are_found_by_the_names_that_other_systems_give_them(tmp_path: Path, packed: bool) -> None:
    folder = tmp_path / "photos"
    for name in ("Stills/Zoë 1.JPG", "b.jpeg", "c.png", "c.jpg", "7/x.PNG", "8.JPG"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    save_photo(tmp_path / "outside.png", 1, 0)
    place = folder
    if packed:
        place = tmp_path / "photos.zip"
        with zipfile.ZipFile(place, "w") as archive:
            for file in sorted(path for path in folder.rglob("*.*")):
                archive.write(file, file.relative_to(tmp_path))
    source = open_photos(place)
    for named, wanted in {
        "C:\\Users\\Registrar\\photos\\stills\\zoë 1.jpg": "Zoë 1.JPG",
        "stills/zoe\u0308 1.jpg": "Zoë 1.JPG",
        "/Volumes/union/B.JPG": "b.jpeg",
        "\\\\server\\share\\b.jpg": "b.jpeg",
        "C.PNG": "c.png",
        "c.gif": "",  # two might be meant
        "zoë 1.jpg": "",
        "../outside.png": "",
        "/etc/passwd": "",
    }.items():
        found = source.find(named)
        assert (found or "").rsplit("/", 1)[-1] == wanted, named
    assert [name.rsplit("/", 1)[-1] for word in ("7", "8") for name in source.of_member(word)] == ["x.PNG", "8.JPG"]
