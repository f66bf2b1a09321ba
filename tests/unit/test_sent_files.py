"""Files that were sent: whatever they are called, they are read, and lie in their own folder alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.sent_files import LONGEST, SentFile, at_paths


@given(st.text(max_size=300))
def test_a_file_is_read_under_any_name(name: str) -> None:
    with at_paths([SentFile(name, b"held"), SentFile(name, b"too")]) as paths:
        assert [path.read_bytes() for path in paths] == [b"held", b"too"]
        assert all(path.parent.name == str(number) for number, path in enumerate(paths))


@pytest.mark.parametrize(
    ("name", "kept"),
    [("..", "file"), (".", "file"), ("C:\\..", "file"), ("a/..", "file"), ("C:\\x\\photo.jpg", "photo.jpg"), ("", "file")],
)
def test_what_is_no_name_gets_one(name: str, kept: str) -> None:
    assert SentFile(name, b"").plain_name == kept


def test_a_long_name_is_cut_by_its_bytes_and_keeps_its_ending() -> None:
    cut = SentFile("人" * 110 + ".jpeg", b"").plain_name
    assert (cut[0], cut[-5:]) == ("人", ".jpeg")
    assert len(cut.encode()) <= LONGEST
