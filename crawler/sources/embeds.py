"""Players inside a page: which video of which platform an address plays, and what is said of a video by who embeds it."""

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from crawler.types import Discovery

_ID = r"[\w-]+"
_Query = dict[str, list[str]]
_WATCH: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("youtube.com", "youtube-nocookie.com"),
        rf"/(?:embed|v|e|shorts|live)/(?!videoseries)({_ID})",
        "https://www.youtube.com/watch?v={}",
    ),
    (("youtu.be",), rf"/({_ID})", "https://www.youtube.com/watch?v={}"),
    (("player.vimeo.com", "vimeo.com"), r"/(?:video/)?(\d+)", "https://vimeo.com/{}"),
    (("dailymotion.com",), rf"/(?:embed/)?video/({_ID})", "https://www.dailymotion.com/video/{}"),
    (("dai.ly",), rf"/({_ID})", "https://www.dailymotion.com/video/{}"),
    (("tiktok.com",), r"/(?:embed(?:/v\d)?|player/v\d)/(\d+)", "https://www.tiktok.com/@_/video/{}"),
    (("tiktok.com",), r"/(@[\w.-]+/video/\d+)", "https://www.tiktok.com/{}"),
    (("bilibili.com",), r"/video/((?:BV|av)\w+)", "https://www.bilibili.com/video/{}"),
    (("twitter.com", "x.com"), r"/(?:\w+|i/web)/status/(\d+)", "https://x.com/i/status/{}"),
    (("clips.twitch.tv",), rf"/(?!embed$)({_ID})", "https://clips.twitch.tv/{}"),
    (("twitch.tv",), r"/videos/(\d+)", "https://www.twitch.tv/videos/{}"),
    (("rumble.com",), rf"/embed/({_ID}(?:\.{_ID})?)", "https://rumble.com/embed/{}"),
    (("instagram.com",), rf"/((?:p|reel|tv)/{_ID})", "https://www.instagram.com/{}/"),
    (("streamable.com",), r"/(?:[eosv]/)?(\w+)", "https://streamable.com/{}"),
    (("odysee.com",), r"/(?:\$/embed/)?(.+)", "https://odysee.com/{}"),
    (("ok.ru",), r"/(?:videoembed|video)/(\d+)", "https://ok.ru/video/{}"),
    (("rutube.ru",), r"/(?:play/embed|video)/(\w+)", "https://rutube.ru/video/{}/"),
    (("nicovideo.jp",), r"/watch/(\w+)", "https://www.nicovideo.jp/watch/{}"),
    (("youku.com",), r"/embed/([\w=]+)", "https://v.youku.com/v_show/id_{}.html"),
    (("wistia.com", "wistia.net"), r"/(?:embed/)?(?:iframe|medias)/(\w+)", "https://fast.wistia.net/embed/iframe/{}"),
    (("loom.com",), r"/(?:embed|share)/(\w+)", "https://www.loom.com/share/{}"),
    (("ted.com",), rf"/talks/({_ID})", "https://www.ted.com/talks/{}"),
    (("archive.org",), r"/(?:embed|details)/([\w.-]+)", "https://archive.org/details/{}"),
    (("streamja.com", "streamff.com"), r"/(?:embed/)?(\w+)", "https://streamja.com/{}"),
)
_AS_IT_IS = ("players.brightcove.net", "jwplatform.com", "jwplayer.com", "videopress.com", "vidyard.com", "sproutvideo.com")
_PEERTUBE = re.compile(rf"/videos/embed/({_ID})/?$")
_NO_VIDEO = (
    *(
        "googletagmanager.com",
        "doubleclick.net",
        "googlesyndication.com",
        "disqus.com",
        "spotify.com",
        "soundcloud.com",
        "bandcamp.com",
    ),
    *(
        "openstreetmap.org",
        "codepen.io",
        "jsfiddle.net",
        "stripe.com",
        "paypal.com",
        "calendly.com",
        "typeform.com",
        "hcaptcha.com",
    ),
    *("recaptcha.net", "mailchimp.com", "hsforms.com", "apple.com", "deezer.com", "mixcloud.com", "podbean.com", "gravatar.com"),
    *("sharethis.com", "addthis.com", "slideshare.net", "scribd.com", "issuu.com", "datawrapper.de", "datawrapper.dwcdn.net"),
    *("amazon-adsystem.com", "criteo.com", "cloudflare.com", "cookiebot.com", "airtable.com", "jotform.com", "substack.com"),
)
_NO_VIDEO_PATHS = (
    (("google.com",), ("/maps", "/recaptcha", "/calendar", "/forms")),
    (("maps.google.com", "docs.google.com", "calendar.google.com", "accounts.google.com"), ("/",)),
    (("facebook.com",), ("/plugins/like", "/plugins/page", "/plugins/share", "/plugins/comments", "/tr")),
    (("twitter.com",), ("/widgets/",)),
)


def watch_address(url: str) -> str | None:
    """The page on which a platform shows the video that an address plays; None for other addresses and for whole channels. url:
    absolute. Pure."""
    try:
        parts = urlsplit(url)
        query = parse_qs(parts.query[:2_000])
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    for reads in (_by_query, _by_path):
        if address := reads(host, parts.path, query):
            return address
    if at := _PEERTUBE.search(parts.path):
        return f"https://{parts.netloc}/w/{at[1]}"
    return url if _is(host, *_AS_IT_IS) else None


def plays_nothing(url: str) -> bool:
    """Whether an address is of a place that is known to play no video: maps, forms, advertisements, sound."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host = (parts.hostname or "").lower()
    return _is(host, *_NO_VIDEO) or any(_is(host, *hosts) and parts.path.startswith(paths) for hosts, paths in _NO_VIDEO_PATHS)


def _is(host: str, *known: str) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in known)


def _by_path(host: str, path: str, query: _Query) -> str | None:
    for hosts, pattern, address in _WATCH:
        if _is(host, *hosts) and (found := re.match(pattern, path)):
            secret = query.get("h", [""])[0] if "vimeo" in hosts[0] else ""
            return address.format(found[1].rstrip("/")) + (f"/{secret}" if secret.isalnum() else "")
    return None


def _by_query(host: str, path: str, query: _Query) -> str | None:
    def asked(name: str, pattern: str = _ID) -> str:
        value = query.get(name, [""])[0]
        return value if re.fullmatch(pattern, value) else ""

    made: list[tuple[bool, Callable[[], str]]] = [
        (_is(host, "youtube.com") and path == "/watch", lambda: _with("https://www.youtube.com/watch?v={}", asked("v"))),
        (_is(host, "dailymotion.com"), lambda: _with("https://www.dailymotion.com/video/{}", asked("video"))),
        (
            _is(host, "player.bilibili.com"),
            lambda: _with("https://www.bilibili.com/video/{}", asked("bvid") or _with("av{}", asked("aid", r"\d+"))),
        ),
        (_is(host, "platform.twitter.com"), lambda: _with("https://x.com/i/status/{}", asked("id", r"\d+"))),
        (_is(host, "player.twitch.tv"), lambda: _with("https://www.twitch.tv/videos/{}", asked("video", r"v?\d+").lstrip("v"))),
        (_is(host, "clips.twitch.tv"), lambda: _with("https://clips.twitch.tv/{}", asked("clip"))),
        (
            _is(host, "facebook.com") and path.startswith("/plugins/video"),
            lambda: asked("href", r"https://[^\s]*facebook\.com/\S+"),
        ),
        (_is(host, "vk.com", "vkvideo.ru"), lambda: _vk(asked("oid", r"-?\d+"), asked("id", r"\d+"))),
        (_is(host, "v.qq.com"), lambda: _with("https://v.qq.com/x/page/{}.html", asked("vid"))),
        (
            _is(host, "blogger.com") and path == "/video.g",
            lambda: _with("https://www.blogger.com/video.g?token={}", asked("token")),
        ),
    ]
    return next((address for applies, make in made if applies and (address := make())), None)


def _with(pattern: str, value: str) -> str:
    return pattern.format(value) if value else ""


def _vk(owner: str, number: str) -> str:
    return f"https://vk.com/video{owner}_{number}" if owner and number else ""


def as_embedded(shown_on: Discovery | None, found: Discovery) -> Discovery:
    """A video that a player's page plays, as the page tells of it that embeds the player."""
    if shown_on is None:
        return found
    return replace(
        shown_on,
        source_id=found.source_id,
        media_url=found.media_url,
        title=shown_on.title or found.title,
        platform_label=shown_on.platform_label or found.platform_label,
        via=found.via,
        counts=found.counts,
    )
