"""Links by which members enrol themselves: signed, and over on a date."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.roster.invitations import write_invitations
from monitor.roster.table import open_roster
from registry.crypto import Keyring, keys_to_text, new_key
from registry.db import now
from registry.invitations import InvitationRefused, invite, read_invitation
from registry.keys import Keys, KeyText

RING = Keyring((new_key(),))
KEYS = Keys(KeyText(keys_to_text(RING)))
UNTIL = datetime(2026, 12, 31, tzinfo=UTC)


def test_a_link_says_whom_it_is_for_until_it_is_over() -> None:
    data = invite(KEYS, "p1", "1042", "王小明", UNTIL)
    assert set(data) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    found = read_invitation(KEYS, data, UNTIL - timedelta(seconds=1))
    assert (found.party_id, found.member, found.name, found.expires_at) == ("p1", "1042", "王小明", UNTIL)
    assert invite(KEYS, "p1", "1042", "王小明", UNTIL) != data
    with pytest.raises(InvitationRefused):
        read_invitation(KEYS, data, UNTIL)


def test_another_key_does_not_sign_for_us_and_an_older_one_of_ours_does() -> None:
    data = invite(KEYS, "p1", "1", "A", UNTIL)
    both = Keys(KeyText(keys_to_text(Keyring((new_key(), *RING.keys)))))
    assert read_invitation(both, data, UNTIL - timedelta(days=1)).member == "1"
    with pytest.raises(InvitationRefused):
        read_invitation(Keys(KeyText(keys_to_text(Keyring((new_key(),))))), data, UNTIL - timedelta(days=1))


@given(st.integers(0, 10_000), st.characters(codec="ascii"))
def test_a_changed_link_is_refused(place: int, letter: str) -> None:
    data = invite(KEYS, "p1", "1042", "Ada", UNTIL)
    # Of the last letter of each part some bits say nothing.
    place %= len(data)
    changed = data[:place] + letter + data[place + 1 :]
    ends = {len(data) - 1, data.index(".") - 1}
    if changed == data or place in ends:
        return
    with pytest.raises(InvitationRefused):
        read_invitation(KEYS, changed, UNTIL - timedelta(days=1))


@given(st.text(max_size=60))
def test_no_text_is_a_link(text: str) -> None:
    with pytest.raises(InvitationRefused):
        read_invitation(KEYS, text, UNTIL - timedelta(days=1))


def test_links_for_a_roster_are_for_its_owner_alone(tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("number,name\n1,Ada\n,Numberless\n3,=1+1\n4,Bo\n", encoding="utf-8")
    place = tmp_path / "links.csv"
    made = write_invitations(open_roster(roster), KEYS, "p1", now() + timedelta(days=9), place)
    assert made.written == 2
    assert [line.split(":")[0] for line in made.left_out] == ["row 3", "row 4"]
    assert place.stat().st_mode & 0o777 == 0o600
    with place.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [read_invitation(KEYS, row["data"], now()).member for row in rows] == ["1", "4"]
    with pytest.raises(InvitationRefused, match="over before"):
        write_invitations(open_roster(roster), KEYS, "p1", now(), place)
