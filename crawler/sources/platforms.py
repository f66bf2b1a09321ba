"""The video platforms whose pages yt-dlp reads and we do not."""

from urllib.parse import urlsplit

_HOSTS = (
    *("youtube.com", "youtu.be", "bilibili.com", "b23.tv", "tiktok.com", "douyin.com", "x.com", "twitter.com", "vimeo.com"),
    *("dailymotion.com", "twitch.tv", "instagram.com", "facebook.com", "fb.watch", "weibo.com", "weibo.cn", "kuaishou.com"),
    *("nicovideo.jp", "rumble.com", "odysee.com", "vk.com", "rutube.ru", "ok.ru", "streamable.com", "xiaohongshu.com"),
)


def is_platform(url: str) -> bool:
    """Whether an address is one of a video platform's. Pure."""
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return False
    return any(host == known or host.endswith(f".{known}") for known in _HOSTS)
