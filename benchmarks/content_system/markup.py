"""The parts of an entry as WordPress' editors write them."""

import html
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.content_system.plan import Part


@dataclass(frozen=True)
class Upload:
    """A file among the uploads. page: its attachment page; title: what lists such as a playlist call it."""

    id: int
    url: str
    path: str
    page: str
    title: str


def content(parts: tuple[Part, ...], files: Mapping[str, Upload], others: Mapping[str, str]) -> str:
    """others: addresses that parts without clips speak of, by a part's text."""
    return "\n\n".join(_part(part, [files[clip] for clip in part.clips], others) for part in parts)


def _part(part: Part, files: list[Upload], others: Mapping[str, str]) -> str:
    if part.how == "playlist":
        ids = ",".join(str(file.id) for file in files)
        return _block("shortcode", f'[playlist type="video" ids="{ids}"]')
    if part.how in _OF_A_FILE:
        return "\n\n".join(_OF_A_FILE[part.how](file, part.text) for file in files)
    return _OF_WORDS[part.how](part.text, others)


def _block(name: str, inside: str, about: Mapping[str, object] | None = None) -> str:
    told = f" {json.dumps(about)}" if about else ""
    return f"<!-- wp:{name}{told} -->\n{inside}\n<!-- /wp:{name} -->"


def _video(file: Upload, caption: str = "") -> str:
    figure = f'<figure class="wp-block-video"><video controls src="{file.url}"></video>{caption}</figure>'
    return _block("video", figure, {"id": file.id})


def _caption(file: Upload, _: str) -> str:
    return _video(file, f'<figcaption class="wp-element-caption">Rendered overnight: {html.escape(file.title)}</figcaption>')


def _link(file: Upload, text: str) -> str:
    return _paragraph(f'<a href="{file.url}">{text or "Watch here"}</a> (it is short).')


def _query(file: Upload, text: str) -> str:
    return _paragraph(f'<a href="{file.url}?_=1">{text or "Watch here"}</a>')


def _paragraph(inside: str) -> str:
    return _block("paragraph", f"<p>{inside}</p>")


def _file(file: Upload, _: str) -> str:
    name = html.escape(file.title)
    button = f'<a href="{file.url}" class="wp-block-file__button wp-element-button" download>Download</a>'
    return _block("file", f'<div class="wp-block-file"><a href="{file.url}">{name}</a>{button}</div>', {"id": file.id})


def _media_text(file: Upload, _: str) -> str:
    media = f'<figure class="wp-block-media-text__media"><video controls src="{file.url}"></video></figure>'
    words = '<div class="wp-block-media-text__content"><p>Beside it, some words.</p></div>'
    inside = f'<div class="wp-block-media-text alignwide is-stacked-on-mobile">{media}{words}</div>'
    return _block("media-text", inside, {"mediaId": file.id, "mediaType": "video"})


def _cover(file: Upload, _: str) -> str:
    media = '<video class="wp-block-cover__video-background intrinsic-ignore" autoplay muted loop playsinline'
    dim = '<span aria-hidden="true" class="wp-block-cover__background has-background-dim"></span>'
    words = '<div class="wp-block-cover__inner-container"><p>A title over a moving ground</p></div>'
    inside = f'<div class="wp-block-cover">{dim}{media} src="{file.url}" data-object-fit="cover"></video>{words}</div>'
    return _block("cover", inside, {"url": file.url, "id": file.id, "backgroundType": "video"})


def _player(file: Upload, _: str) -> str:
    address = file.url.partition("/wp-content/")[0] + f"/player/{file.title}.html"
    return _frame(address, "Our player")


def _frame(address: str, title: str) -> str:
    return _block("html", f'<iframe src="{address}" width="640" height="360" title="{title}" allowfullscreen></iframe>')


_OF_A_FILE: dict[str, Callable[[Upload, str], str]] = {
    "block": lambda file, _: _video(file),
    "block-caption": _caption,
    "shortcode": lambda file, _: _block("shortcode", f'[video width="640" height="360" mp4="{file.url}"][/video]'),
    "bare": lambda file, _: file.url,
    "html": lambda file, _: f'<video controls width="640" src="{file.url}"></video>',
    "source": lambda file, _: f'<video controls preload="none"><source src="{file.url}" type="video/mp4"></video>',
    "link": _link,
    "link?_=1": _query,
    "file": _file,
    "media-text": _media_text,
    "cover": _cover,
    "own-player": _player,
    "attachment-link": lambda file, text: _paragraph(f'Not cut at all: <a href="{file.page}">{text}</a>.'),
}
_OF_WORDS: dict[str, Callable[[str, Mapping[str, str]], str]] = {
    "text": lambda text, _: _paragraph(html.escape(text)),
    "youtube": lambda text, _: _frame(f"https://www.youtube.com/embed/{text}", "YouTube video player"),
    "unknown-player": lambda text, others: _frame(others[text], "A player"),
    "own-embed": lambda text, others: _block(
        "embed",
        f'<figure class="wp-block-embed is-type-wp-embed"><div class="wp-block-embed__wrapper">\n{others[text]}\n</div></figure>',
        {"url": others[text], "type": "wp-embed", "providerNameSlug": "made-by-machines"},
    ),
    "gallery": lambda text, others: _block(
        "gallery",
        '<figure class="wp-block-gallery has-nested-images columns-default is-cropped">'
        + "".join(
            f'<figure class="wp-block-image size-large"><img src="{others[name]}" alt=""/></figure>' for name in ("still", text)
        )
        + "</figure>",
    ),
}
