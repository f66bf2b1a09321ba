# ruff: noqa: E501
"""Pages as ordinary systems write them, of articles whose every field may be missing. Written for these tests."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape

SITE = "https://films.example"


@dataclass(frozen=True)
class Post:
    """number makes the addresses; empty fields are left out of the markup. linked: whether its heading leads to its page."""

    number: int
    title: str
    author: str
    date: datetime | None
    linked: bool = True

    @property
    def media(self) -> str:
        return f"{SITE}/files/{self.number}.mp4"

    @property
    def page(self) -> str:
        return f"{SITE}/post/{self.number}/"


def _heading(post: Post, tag: str, classes: str = "") -> str:
    if not post.title:
        return ""
    words = escape(post.title)
    inner = f'<a href="{post.page}" rel="bookmark">{words}</a>' if post.linked else words
    return f'<{tag} class="{classes}">{inner}</{tag}>'


def _time(post: Post, classes: str = "") -> str:
    return "" if post.date is None else f'<time class="{classes}" datetime="{post.date.isoformat()}">some day</time>'


def _video(post: Post) -> str:
    return f'<video controls preload="none"><source type="video/mp4" src="{post.media}#t=0.5"><a href="{post.media}">Download</a></video>'


def wordpress_classic(post: Post) -> str:
    by = (
        f'<span class="byline">By <a class="url fn n" href="/author/x/" rel="author">{escape(post.author)}</a></span>'
        if post.author
        else ""
    )
    return (
        f'<article id="post-{post.number}" class="post type-post hentry entry"><header class="entry-header">'
        f"{_heading(post, 'h2', 'entry-title')}</header><div class='entry-content'><p>Words, by the way.</p>{_video(post)}</div>"
        f'<footer class="entry-footer"><span class="posted-on">Published {_time(post, "entry-date published updated")}</span>{by}'
        '<span class="cat-links">In <a href="/category/clips/">Clips</a></span></footer></article>'
    )


def wordpress_blocks(post: Post) -> str:
    by = (
        f'<div class="wp-block-post-author"><p class="wp-block-post-author__name">{escape(post.author)}</p></div>'
        if post.author
        else ""
    )
    day = f'<div class="wp-block-post-date">{_time(post)}</div>' if post.date else ""
    return (
        f'<li class="wp-block-post post-{post.number} post type-post status-publish"><div class="wp-block-group">{day}'
        f'{_heading(post, "h3", "wp-block-post-title")}{by}<figure class="wp-block-video">{_video(post)}</figure></div></li>'
    )


def ghost(post: Post) -> str:
    by = f'<a href="/author/x/" class="gh-article-author-name">{escape(post.author)}</a>' if post.author else ""
    return (
        f'<article class="gh-card post">{_heading(post, "h2", "gh-card-title is-title")}<div class="kg-card kg-video-card">'
        f'<figure>{_video(post)}</figure></div><footer class="gh-card-meta">{_time(post, "gh-card-date")}{by}</footer></article>'
    )


def drupal(post: Post) -> str:
    when = _time(post) if post.date else ""
    by = f'Submitted by <span class="username" lang="">{escape(post.author)}</span>' if post.author else ""
    return (
        f'<article about="/post/{post.number}/" class="node node--type-article node--promoted">{_heading(post, "h2", "node__title")}'
        f'<footer class="node__meta"><div class="node__submitted">{by} {when}</div></footer>'
        f'<div class="node__content"><div class="field field--type-file">{_video(post)}</div></div></article>'
    )


def blogger(post: Post) -> str:
    by = f'<span class="post-author vcard">Posted by <span class="fn" itemprop="author"><span itemprop="name">{escape(post.author)}</span></span></span>'
    day = f'<a class="timestamp-link" href="{post.page}" rel="bookmark"><abbr class="published" itemprop="datePublished" title="{{}}">x</abbr></a>'
    return (
        '<div class="post-outer"><div class="post hentry" itemscope itemtype="http://schema.org/BlogPosting">'
        f"{_heading(post, 'h3', 'post-title entry-title')}<div class='post-body entry-content'>{_video(post)}</div>"
        f"<div class='post-footer'>{by if post.author else ''}{day.format(post.date.isoformat()) if post.date else ''}</div></div></div>"
    )


def hugo(post: Post) -> str:
    meta = " · ".join(filter(None, (_time(post), f'<span class="author">{escape(post.author)}</span>' if post.author else "")))
    return (
        f'<section class="list-item"><article>{_heading(post, "h1")}<p class="meta">{meta}</p>{_video(post)}</article></section>'
    )


def microformats(post: Post) -> str:
    by = f'<a class="p-author h-card" href="/">{escape(post.author)}</a>' if post.author else ""
    title = f'<h2 class="p-name">{escape(post.title)}</h2>' if post.title else ""
    return f'<div class="h-entry">{title}{by}<a class="u-url" href="{post.page}">{_time(post, "dt-published") or "link"}</a>{_video(post)}</div>'


def microdata(post: Post) -> str:
    return (
        '<div itemprop="video" itemscope itemtype="https://schema.org/VideoObject">'
        + (f'<span itemprop="name">{escape(post.title)}</span>' if post.title else "")
        + (f'<meta itemprop="uploadDate" content="{post.date.isoformat()}">' if post.date else "")
        + (f'<span itemprop="author" itemscope><b itemprop="name">{escape(post.author)}</b></span>' if post.author else "")
        + f'<meta itemprop="contentUrl" content="{post.media}">{_video(post)}</div>'
    )


def cards(post: Post) -> str:
    """Hand-made: nothing but divisions, with a heading that leads to the page."""
    by = f"<small>By {escape(post.author)}</small>" if post.author else ""
    return f'<div class="box"><div>{_video(post)}</div><div>{_heading(post, "h3")}{_time(post)}{by}</div></div>'


def flat(post: Post) -> str:
    """Hand-made: one thing after the other, without anything around an article."""
    by = f"<p>By {escape(post.author)}</p>" if post.author else ""
    return f"{_heading(post, 'h2')}<p>{_time(post)}</p>{by}<p>Words.</p>{_video(post)}<hr>"


def dated_above(post: Post) -> str:
    """Hand-made: the date stands above its heading, as old blogs have it."""
    by = f"<p>Posted by {escape(post.author)}</p>" if post.author else ""
    # Without its heading nothing at all would set it off.
    post = replace(post, title=post.title or f"Heading {post.number}")
    return f"<p>{_time(post)}</p>{_heading(post, 'h2')}{_video(post)}{by}"


def structured(post: Post) -> str:
    """Little markup, and all that matters in JSON-LD beside it."""
    said = {
        "@type": "BlogPosting",
        "@id": f"{post.page}#article",
        "mainEntityOfPage": post.page,
        "headline": post.title,
        "author": {"@type": "Person", "name": post.author} if post.author else None,
        "datePublished": post.date.isoformat() if post.date else None,
        "video": {"@type": "VideoObject", "contentUrl": post.media},
    }
    return (
        f'<div class="tile"><a href="{post.page}"><h3>{escape(post.title)}</h3></a>{_video(post)}</div>'
        f'<script type="application/ld+json">{json.dumps(said)}</script>'
    )


LISTS: tuple[Callable[[Post], str], ...] = (
    *(
        wordpress_classic,
        wordpress_blocks,
        ghost,
        drupal,
        blogger,
        hugo,
        microformats,
        microdata,
        cards,
        flat,
        dated_above,
        structured,
    ),
)

HAND_MADE = (cards, flat, dated_above, structured)
"""Those in which nothing but its fields sets an article off."""

HEAD = (
    '<meta charset="utf-8"><title>Moving Pictures – All films</title><meta property="og:site_name" content="Moving Pictures">'
    '<meta property="og:title" content="Moving Pictures"><meta property="og:type" content="website">'
    '<meta name="author" content="The Site Itself"><meta property="article:published_time" content="2001-01-01T00:00:00Z">'
)


def page(body: str, head: str = HEAD) -> str:
    """A page with what sites put around their articles: a menu, a side bar, comments, a footer."""
    return (
        f'<!doctype html><html><head>{head}</head><body class="home"><header class="site-header"><h1><a href="/">Moving Pictures</a></h1>'
        f'<nav><a href="/about/">About</a></nav></header><main>{body}</main><aside class="sidebar"><section class="widget"><h2>Recent</h2>'
        '<ul><li><a href="/post/99/">Another thing</a> by <span class="author">Somebody Else</span> <time datetime="1999-01-01">then</time>'
        "</li></ul></section></aside><footer class='site-footer'>© <time>2026-01-01</time> The Site Itself</footer></body></html>"
    )
