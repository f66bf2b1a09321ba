"""What comes back from a process that reads a stranger's document: only what a reader of ours would say."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.documents import MAX_ENTRIES, MAX_SAID, Asked, NotOurs, Read, asked_from_bytes, asked_to_bytes, read_from_bytes
from crawler.documents import read_to_bytes as to_bytes
from crawler.reading import read
from crawler.sources.base import MAX_FOUND, MAX_TITLE, Follow, Listed, Parsed
from crawler.types import Discovery, SourceKind, TakenBy, Trouble

AT = "https://site.example/page"


def asked(kind: SourceKind = SourceKind.PAGE) -> Asked:
    return Asked(kind, AT, AT, AT)


def said(**changes: Any) -> bytes:
    """An honest answer with something else in it."""
    answer = json.loads(to_bytes(read(asked(), b"<title>t</title><video src=/v.mp4></video><a href=/x>x</a>")))
    for path, value in changes.items():
        *steps, last = path.split("__")
        node = answer
        for step in steps:
            node = node[int(step)] if step.isdecimal() else node[step]
        node[last] = value
    return json.dumps(answer).encode()


def test_an_honest_answer_is_read() -> None:
    found = read_from_bytes(said())
    (video,) = found.parsed.discoveries
    assert (video.media_url, video.page_url, video.title) == ("https://site.example/v.mp4", AT, "t")
    assert [link.url for link in found.parsed.follow] == ["https://site.example/x"]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"[" * 1_000_000,
        b'{"discoveries":[' + b"0," * 2_000_000 + b"0]}",
        said(discoveries__0__via=TakenBy.FILE.value),
        said(discoveries__0__via="another"),
        said(discoveries__0__media_url="file:///etc/passwd"),
        said(discoveries__0__media_url="urn:sha256:" + "0" * 64),
        said(discoveries__0__media_url="HTTPS://site.example/../v.mp4"),
        said(discoveries__0__page_url="file:///work/keys/data.key"),
        said(discoveries__0__title="a\x1b[2Jb"),
        said(discoveries__0__title="x" * (MAX_TITLE + 1)),
        said(discoveries__0__counts={"views": -1}),
        said(discoveries__0__counts={str(number): 1 for number in range(1_000)}),
        said(discoveries=[json.loads(said())["discoveries"][0]] * (MAX_FOUND + 1)),
        said(follow__0__url="file:///etc/passwd"),
        said(follow__0__url="https://site.example/" + "x" * 10_000),
        said(follow__0__kind="another"),
        said(errors=["a\nb"]),
        said(notes=["x" * 1_000_000]),
        said(verdict=["is gone", "no trouble of ours"]),
        said(lists=True, entries=[["x", None]] * (MAX_ENTRIES + 1)),
        said(older={"url": "file:///etc/passwd", "kind": "feed"}),
        said(unknown=1)[:-1],
    ],
)
def test_what_no_reader_says_is_refused(answer: bytes) -> None:
    with pytest.raises(NotOurs):
        read_from_bytes(answer)


def test_too_much_is_left_out_and_said() -> None:
    many = tuple(
        Discovery("", f"https://site.example/{number}.mp4", AT, "t", description="\N{GRINNING FACE}" * 5_000)
        for number in range(MAX_FOUND)
    )
    entries = tuple((f"https://site.example/{number}", None) for number in range(MAX_ENTRIES + 5))
    long = Follow("https://site.example/" + "x" * 10_000, SourceKind.PAGE)
    data = to_bytes(Read(Parsed(many, (long,), ("broken\x00off",), Listed(entries))))
    assert len(data) <= MAX_SAID
    parsed = read_from_bytes(data).parsed
    assert 0 < len(parsed.discoveries) < MAX_FOUND
    assert parsed.follow == ()
    assert parsed.listed is not None
    assert len(parsed.listed.entries) <= MAX_ENTRIES
    assert parsed.errors[0] == "broken\N{REPLACEMENT CHARACTER}off"
    assert "1 addresses, of no use on the web or longer than 8,192 characters, were left out." in parsed.errors
    assert f"It lists {MAX_ENTRIES + 5:,} entries; those after the first {MAX_ENTRIES:,} were left out." in parsed.errors
    assert "What it says takes more than 16 MiB; a part of it was left out." in parsed.errors


def test_a_page_cannot_name_a_file_that_somebody_dropped_in() -> None:
    found = read(asked(), f"<video src='urn:sha256:{'0' * 64}'></video><video src=/v.mp4></video>".encode())
    assert [each.media_url for each in read_from_bytes(to_bytes(found)).parsed.discoveries] == ["https://site.example/v.mp4"]


PIECES = (
    *("<video src='/v.mp4'>", "<a href='//x", "'>", "</a>", "<article>", "<h1>", "\x00", "\ud7ff", "\x85", "<time>1.5.2026"),
    *("<meta property='og:video' content='", "<iframe src='", "<rss>", "<item>", "<enclosure url='", "{", '"url":', "[", "]"),
    *("<urlset>", "<url><loc>", "</loc>", "https://x.example/", "javascript:", "urn:sha256:", "0" * 64, "file:///", "&#1;"),
)
MARKUP = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@given(st.sampled_from(SourceKind), st.one_of(st.binary(max_size=300), MARKUP.map(lambda text: text.encode("utf-8", "replace"))))
def test_whatever_a_document_says_comes_through(kind: SourceKind, body: bytes) -> None:
    there = asked_from_bytes(asked_to_bytes(asked(kind), body))
    assert there == (asked(kind), body)
    found = read(*there)
    back = read_from_bytes(to_bytes(found))
    assert (back.verdict, back.remark) == (found.verdict, found.remark)
    assert len(back.parsed.discoveries) + len(back.parsed.follow) <= len(found.parsed.discoveries) + len(found.parsed.follow)


def test_a_refused_document_is_not_read() -> None:
    url = "https://site.example/gone"
    found = read(Asked(SourceKind.PAGE, url, url, url, 404), b"<video src=/v.mp4>")
    assert (found.verdict, found.parsed, found.answered) == (("answered 404: it is gone", Trouble.GONE), Parsed(), False)
