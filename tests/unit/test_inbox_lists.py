"""Lists in an inbox: every row is read, or it is said how many were not."""

from pathlib import Path

from crawler.inbox import MAX_LIST, read_inbox
from crawler.sources.base import MAX_ERRORS, MAX_FOLLOW, MAX_FOUND, Page, Parsed
from crawler.sources.inbox import MAX_ROWS, InboxSource
from crawler.types import SourceKind, SourceSpec


def read(text: str) -> Parsed:
    return InboxSource("s1").parse(Page("https://invalid/", "text/csv", text.encode()))


def test_a_list_of_more_than_5000_rows_is_read_to_its_end() -> None:
    count = MAX_FOLLOW + 700
    table = "url,title\n" + "".join(f"https://f.example/{n}.mp4,t\nhttps://blog.example/{n},\n" for n in range(count))
    text = "".join(f"see https://f.example/{n}.mp4 and https://blog.example/{n}\n" for n in range(count))
    for body in (table, text):
        parsed = read(body)
        assert (len(parsed.discoveries), len(parsed.follow), parsed.errors) == (count, count, ())
    assert count > MAX_FOUND


def test_rows_that_are_not_read_are_counted() -> None:
    rows = "".join(f"https://f.example/{n}.mp4\n" for n in range(MAX_ROWS + 321))
    table, text = read(f"url\n{rows}"), read(rows)
    assert len(table.discoveries) == len(text.discoveries) == MAX_ROWS
    assert table.errors == ("The list has 20,321 rows; 321 of them, after the first 20,000, were not read.",)
    assert text.errors == ("The list has 20,321 addresses; 321 of them, after the first 20,000, were not read.",)


def test_a_missing_quotation_mark_is_said_and_not_a_list_that_ends() -> None:
    swallowed = read('url,title\nhttps://f.example/1.mp4,"oh\nhttps://f.example/2.mp4,b\nhttps://f.example/3.mp4,c\n')
    assert any("Row 1 has several lines with addresses" in error for error in swallowed.errors)
    broken = read('url,title\nhttps://f.example/1.mp4,a\nhttps://f.example/2.mp4,"' + "x" * 200_000)
    assert any("broken after row 1" in error for error in broken.errors)
    assert len(broken.discoveries) == 1


def test_an_address_as_html_writes_it_is_the_address() -> None:
    (found,) = read('<a href="https://f.example/v.mp4?a=1&amp;b=2">x</a>').discoveries
    assert found.media_url == "https://f.example/v.mp4?a=1&b=2"


def test_more_errors_than_are_listed_are_said() -> None:
    parsed = read("url\n" + "".join(f"https://{n}.example:99999/\n" for n in range(MAX_ERRORS + 9)))
    assert len(parsed.errors) == MAX_ERRORS + 1
    assert "further errors" in parsed.errors[-1]


def test_the_report_of_an_inbox_says_what_of_a_list_was_not_read(tmp_path: Path) -> None:
    line = "x" * 985 + " https://f.example/{:09}.mp4\n"
    count = MAX_LIST // len(line.format(0)) + 10
    (tmp_path / "long.txt").write_text("".join(line.format(n) for n in range(count)))
    tips = read_inbox(SourceSpec("s1", SourceKind.INBOX, tmp_path.as_uri()))
    assert count - 12 <= len(tips.discoveries) < count
    # Half an address would be another one.
    assert {len(found.media_url) for found in tips.discoveries} == {len("https://f.example/000000001.mp4")}
    assert "bytes; what comes after the first" in " ".join(tips.report().errors)
    assert not tips.report().complete


def test_the_report_of_an_inbox_says_that_there_are_further_troubles(tmp_path: Path) -> None:
    for number in range(70):
        (tmp_path / f"{number:02}.doc").write_bytes(b"\xd0\xcf")
    tips = read_inbox(SourceSpec("s1", SourceKind.INBOX, tmp_path.as_uri()))
    assert tips.errors[-1] == "20 further troubles of the inbox are not listed."
