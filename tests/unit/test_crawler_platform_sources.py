"""The interfaces of platforms, on answers written for these tests after their documentation."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.block_pages import block_page, of_status
from crawler.inbox import read_inbox
from crawler.queries import queries, script_of, search_address
from crawler.sources.base import Follow, Page, Parsed
from crawler.sources.inbox import InboxSource
from crawler.sources.kinds import READERS
from crawler.sources.platforms import is_platform
from crawler.types import SourceKind, SourceSpec, TakenBy, Trouble

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def parse(kind: SourceKind, url: str, document: object) -> Parsed:
    return READERS[kind]("s1").parse(Page(url, "application/json", json.dumps(document, ensure_ascii=False).encode()))


def test_peertube_lists_then_videos() -> None:
    home = "https://tube.example"
    url = f"{home}/api/v1/search/videos?search=x&count=2"
    page = {
        "total": 5,
        "data": [{"uuid": "aaaa-1", "updatedAt": "2026-11-20T08:00:00.000Z"}, {"shortUUID": "bB2"}, {"name": "no id"}],
    }
    listing = parse(SourceKind.PEERTUBE, url, page)
    assert listing.follow == (
        Follow(f"{home}/api/v1/videos/aaaa-1", SourceKind.PEERTUBE, NOW),
        Follow(f"{home}/api/v1/videos/bB2", SourceKind.PEERTUBE),
        Follow(f"{home}/api/v1/search/videos?search=x&count=2&start=3", SourceKind.PEERTUBE),
    )
    video = {
        "uuid": "aaaa-1",
        "name": "成龙 AI生成",
        "description": "made with Kling",
        "url": f"{home}/videos/watch/aaaa-1",
        "publishedAt": "2026-11-20T08:00:00.000Z",
        "account": {"displayName": "Someone", "name": "some"},
        "views": 12,
        "likes": 3,
        "files": [{"fileUrl": f"{home}/240.mp4", "resolution": {"id": 240}}],
        "streamingPlaylists": [
            {"playlistUrl": f"{home}/p.m3u8", "files": [{"fileUrl": f"{home}/720.mp4", "resolution": {"id": 720}}]}
        ],
    }
    (found,) = parse(SourceKind.PEERTUBE, f"{home}/api/v1/videos/aaaa-1", video).discoveries
    assert (found.media_url, found.page_url) == (f"{home}/720.mp4", f"{home}/videos/watch/aaaa-1")
    assert (found.title, found.uploader, found.published_at) == ("成龙 AI生成", "Someone", NOW)
    assert found.counts == {"views": 12, "likes": 3}
    only_stream = {**video, "files": [], "streamingPlaylists": [{"playlistUrl": f"{home}/p.m3u8", "files": []}]}
    assert parse(SourceKind.PEERTUBE, home, only_stream).discoveries[0].media_url == f"{home}/p.m3u8"
    assert parse(SourceKind.PEERTUBE, home, {**video, "files": [], "streamingPlaylists": []}).errors


def test_mastodon_posts_with_videos_and_the_posts_before() -> None:
    url = "https://social.example/api/v1/timelines/tag/sora?limit=40&max_id=900"
    posts = [
        {
            "id": "800",
            "url": "https://social.example/@a/800",
            "created_at": "2026-11-20T08:00:00.000Z",
            "content": "<p>Look: <b>Chan</b> &amp; co <a href='x'>#sora</a></p>",
            "account": {"display_name": "", "acct": "a@other.example"},
            "favourites_count": 5,
            "media_attachments": [
                {"type": "image", "url": "https://f.example/1.jpg"},
                {"type": "video", "url": "https://f.example/2.mp4", "remote_url": None, "description": "a fight"},
                {"type": "gifv", "url": "https://f.example/c.mp4", "remote_url": "https://r.example/3.mp4"},
            ],
        },
        {"id": "700", "content": "", "media_attachments": []},
    ]
    parsed = parse(SourceKind.MASTODON, url, posts)
    assert [found.media_url for found in parsed.discoveries] == ["https://f.example/2.mp4", "https://r.example/3.mp4"]
    first = parsed.discoveries[0]
    assert (first.title, first.description) == ("Look: Chan & co #sora", "Look: Chan & co #sora\na fight")
    assert (first.uploader, first.published_at, first.counts) == ("a@other.example", NOW, {"likes": 5})
    assert parsed.follow == (Follow("https://social.example/api/v1/timelines/tag/sora?limit=40&max_id=700", SourceKind.MASTODON),)
    assert parse(SourceKind.MASTODON, url, []).follow == ()


def test_reddit_posts_of_its_own_of_platforms_and_of_files() -> None:
    own = {"reddit_video": {"hls_url": "https://v.redd.example/a/HLS.m3u8", "fallback_url": "https://v.redd.example/a/720.mp4"}}
    posts = [
        {"title": "Own", "permalink": "/r/x/1/", "author": "u", "created_utc": 1795161600.0, "ups": 7, "secure_media": own},
        {"title": "Platform", "permalink": "/r/x/2/", "url_overridden_by_dest": "https://youtu.be/abcdefghijk"},
        {"title": "File", "permalink": "/r/x/3/", "url_overridden_by_dest": "https://f.example/v.mp4"},
        {"title": "Picture", "permalink": "/r/x/4/", "url_overridden_by_dest": "https://f.example/v.jpg"},
        {"title": "Text", "permalink": "/r/x/5/", "media": None},
    ]
    document = {"kind": "Listing", "data": {"after": "t3_zz", "children": [{"kind": "t3", "data": post} for post in posts]}}
    parsed = parse(SourceKind.REDDIT, "https://www.reddit.com/r/x/new.json?limit=100", document)
    assert [(found.title, found.media_url, found.via) for found in parsed.discoveries] == [
        ("Own", "https://v.redd.example/a/HLS.m3u8", TakenBy.HTTP),
        ("Platform", "https://youtu.be/abcdefghijk", TakenBy.YTDLP),
        ("File", "https://f.example/v.mp4", TakenBy.HTTP),
    ]
    assert parsed.discoveries[0].page_url == "https://www.reddit.com/r/x/1/"
    assert parsed.discoveries[0].published_at == NOW
    assert parsed.follow == (Follow("https://www.reddit.com/r/x/new.json?limit=100&after=t3_zz", SourceKind.REDDIT),)


def test_youtubes_search() -> None:
    snippet = {"title": "Tom &amp; co", "description": "d", "channelTitle": "c", "publishedAt": "2026-11-20T08:00:00Z"}
    items = [
        {"id": {"kind": "youtube#video", "videoId": "abcdef-_123"}, "snippet": snippet},
        {"id": {"kind": "youtube#video", "videoId": "../../evil"}, "snippet": snippet},
        {"id": {"kind": "youtube#channel", "channelId": "UC"}, "snippet": snippet},
    ]
    url = "https://www.googleapis.com/youtube/v3/search?part=snippet&q=x"
    parsed = parse(SourceKind.YOUTUBE, url, {"items": items, "nextPageToken": "CDIQAA"})
    (found,) = parsed.discoveries
    assert (found.media_url, found.via, found.title) == (
        "https://www.youtube.com/watch?v=abcdef-_123",
        TakenBy.YTDLP,
        "Tom & co",
    )
    assert parsed.follow == (Follow(f"{url}&pageToken=CDIQAA", SourceKind.YOUTUBE),)
    refused = parse(SourceKind.YOUTUBE, url, {"error": {"message": "API key not valid"}})
    assert refused.errors == ("YouTube answered no list: API key not valid.",)


def test_what_yt_dlp_lists() -> None:
    entries = [
        {"title": "A", "url": "https://www.bilibili.com/video/BV1", "channel": "c", "view_count": 9, "timestamp": 1795161600},
        {"title": "no address"},
    ]
    (found,) = parse(SourceKind.YTDLP, "https://space.bilibili.com/1", {"entries": entries, "info": {}}).discoveries
    assert (found.media_url, found.uploader, found.counts) == ("https://www.bilibili.com/video/BV1", "c", {"views": 9})
    assert (found.via, found.published_at) == (TakenBy.YTDLP, NOW)
    alone = parse(SourceKind.YTDLP, "https://v.example/1", {"info": {"title": "B", "webpage_url": "https://v.example/1"}})
    assert [found.title for found in alone.discoveries] == ["B"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_dropped_table_is_read_in_any_spreadsheets_way(encoding: str, delimiter: str) -> None:
    rows = [
        ["标题", "URL", "备注"],
        ["成龙 1", "https://f.example/1.mp4", "from a mail"],
        ["two", "https://www.tiktok.com/@a/video/2", ""],
        ["three", "https://blog.example/post", ""],
        ["bad", "file:///etc/passwd", ""],
        ["short"],
    ]
    body = "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)
    parsed = InboxSource("s1").parse(Page("https://invalid/", "text/csv", body))
    assert [(found.media_url, found.title, found.via) for found in parsed.discoveries] == [
        ("https://f.example/1.mp4", "成龙 1", TakenBy.HTTP),
        ("https://www.tiktok.com/@a/video/2", "two", TakenBy.YTDLP),
    ]
    assert [link.url for link in parsed.follow] == ["https://blog.example/post"]
    assert len(parsed.errors) == 1


def test_any_text_with_addresses_is_a_tip() -> None:
    body = "See (https://f.example/v.webm), 还有 https://blog.example/帖子。\n[InternetShortcut]\nURL=https://x.com/a/status/1".encode()
    parsed = InboxSource("s1").parse(Page("https://invalid/", "text/plain", body))
    assert [found.media_url for found in parsed.discoveries] == ["https://f.example/v.webm", "https://x.com/a/status/1"]
    assert [link.url for link in parsed.follow] == ["https://blog.example/%E5%B8%96%E5%AD%90"]


def test_an_inbox_holds_lists_and_files(tmp_path: Path) -> None:
    video = b"\0\0\0\x18ftypisom\0\0\0\0isommp41"
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a clip.mp4").write_bytes(video)
    (tmp_path / "tips.csv").write_text("url\nhttps://f.example/1.mp4\nhttps://blog.example/p\n")
    (tmp_path / "notes.doc").write_bytes(b"\xd0\xcf\x11\xe0")
    (tmp_path / ".hidden").write_text("https://f.example/2.mp4")
    (tmp_path / "link.mp4").symlink_to("/etc/passwd")
    tips = read_inbox(SourceSpec("s1", SourceKind.INBOX, tmp_path.as_uri()))
    assert {found.media_url for found in tips.discoveries} == {
        "https://f.example/1.mp4",
        f"urn:sha256:{hashlib.sha256(video).hexdigest()}",
    }
    assert tips.pages == ("https://blog.example/p",)
    assert tips.errors == ("notes.doc: This is neither a list of addresses nor a video.",)
    report = tips.report()
    assert (report.complete, report.videos, report.pages, report.due) == (False, 2, 2, 3)
    gone = read_inbox(SourceSpec("s1", SourceKind.INBOX, (tmp_path / "gone").as_uri()))
    assert not gone.report().complete


def test_platforms_are_known_by_their_hosts() -> None:
    assert is_platform("https://m.youtube.com/watch?v=1")
    assert not is_platform("https://notyoutube.com/")
    assert not is_platform("https://youtube.com.evil.example/")
    assert not is_platform("http://[")


def test_queries_join_names_with_words_of_their_script() -> None:
    made = queries(["Jackie Chan", "成龙", "성룡", "Джеки Чан", "جاكي شان", ' "  '])
    assert "Jackie Chan Seedance" in made
    assert "成龙 AI生成" in made
    assert "성룡 딥페이크" in made
    assert "Джеки Чан нейросеть" in made
    assert "جاكي شان تزييف عميق" in made
    assert made[-5:] == ["Jackie Chan", "成龙", "성룡", "Джеки Чан", "جاكي شان"]
    assert len(made) == len(set(made))
    assert queries(["A", "A"], ["w"]) == ["A w", "A"]
    assert [script_of(name) for name in ("Ünal", "ひらがな", "", "123")] == ["LATIN", "HIRAGANA", "LATIN", "LATIN"]


def test_searches_have_addresses() -> None:
    assert search_address(SourceKind.YTDLP, "成龙 Sora", "bilisearch") == "bilisearch20:成龙 Sora"
    assert search_address(SourceKind.MASTODON, "Jackie Chan Sora", "https://m.example/").endswith("/tag/JackieChanSora?limit=40")
    assert "q=a+%26+b" in search_address(SourceKind.YOUTUBE, "a & b")
    assert "key" not in search_address(SourceKind.YOUTUBE, "x")
    with pytest.raises(ValueError, match="no search"):
        search_address(SourceKind.FEED, "x")


@pytest.mark.parametrize(
    ("url", "status", "headers", "body", "expected"),
    [
        ("https://x/", 200, {}, b"<form><input name=p type='password'></form>", Trouble.LOGIN),
        ("https://x/accounts/login/?next=/v", 200, {}, b"", Trouble.LOGIN),
        ("https://x/", 403, {"cf-mitigated": "challenge"}, b"", Trouble.CAPTCHA),
        ("https://x/", 200, {}, b"<title>Just a moment...</title>", Trouble.CAPTCHA),
        ("https://x/", 200, {}, "<title>安全验证</title>".encode(), Trouble.CAPTCHA),
        ("https://x/", 200, {}, b'<div class="g-recaptcha"></div>', Trouble.CAPTCHA),
        ("https://x/login-screen-movie", 200, {}, b"<p>a film", None),
        ("https://x/", 403, {}, b"no", None),
    ],
)
def test_walls_are_told_from_pages(url: str, status: int, headers: dict[str, str], body: bytes, expected: Trouble | None) -> None:
    assert block_page(url, status, headers, body) is expected


def test_statuses_are_sorted() -> None:
    kinds = [of_status(status) for status in (401, 403, 404, 429, 503, 418)]
    assert kinds == [Trouble.LOGIN, Trouble.FORBIDDEN, Trouble.GONE, Trouble.RATE_LIMIT, Trouble.SERVER, Trouble.OTHER]
