"""Links by which members enrol themselves: signed, and over on a date."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.crypto import Keyring, keys_to_text, new_key
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
    place %= len(data)
    changed = data[:place] + letter + data[place + 1 :]
    if changed == data:
        return
    with pytest.raises(InvitationRefused):
        read_invitation(KEYS, changed, UNTIL - timedelta(days=1))


def test_other_letters_for_the_same_bytes_are_a_change() -> None:
    for _ in range(60):
        data = invite(KEYS, "p1", "1042", "Ada", UNTIL)
        for letter, other in (("_", "/"), ("-", "+")):
            if letter in data:
                with pytest.raises(InvitationRefused):
                    read_invitation(KEYS, data.replace(letter, other, 1), UNTIL - timedelta(days=1))


@given(st.text(max_size=60))
def test_no_text_is_a_link(text: str) -> None:
    with pytest.raises(InvitationRefused):
        read_invitation(KEYS, text, UNTIL - timedelta(days=1))
