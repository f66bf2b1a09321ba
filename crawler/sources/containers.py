"""What an element of a page may hold, by its name, role, classes and type: an article, a video, or what belongs to the site."""

import re

from crawler.sources.tree import Tree

_ARTICLE_CLASSES = frozenset(("hentry", "h-entry", "wp-block-post", "h-feed-item", "post-outer", "blog-post", "blogpost"))
_MAYBE_CLASSES = frozenset(
    (*("post", "entry", "node", "post-item", "post-card", "article", "video-item", "story", "blog-entry", "news-item", "card"),)
)
_ARTICLE_TYPES = re.compile(
    r"schema\.org/(?:\w*Article|BlogPosting|SocialMediaPosting|CreativeWork|Report|Review|Movie|Episode)\b"
)
_VIDEO_TYPE = re.compile(r"schema\.org/VideoObject\b")
_APART_NAMES = ("nav", "aside", "dialog")
_APART_ROLES = ("navigation", "complementary", "contentinfo", "banner", "search")
_APART_CLASSES = frozenset(
    (
        *("comments", "comment", "comment-list", "commentlist", "comments-area", "comment-body", "sidebar"),
        *("widget", "widget-area", "related", "related-posts", "jp-relatedposts", "yarpp-related"),
        *("read-more-wrap", "breadcrumb", "breadcrumbs", "site-header", "site-footer", "post-navigation"),
        *("pagination", "navigation", "read-next", "recommendations", "wp-block-comments"),
        *("wp-block-latest-comments", "wp-block-post-comments", "popular-posts", "recent-posts"),
        *("author-box-posts",),
    )
)
_NO_CONTAINERS = frozenset(
    (
        *("html", "body", "main", "head", "a", "script", "img", "p", "span", "br", "video", "source", "time", "path"),
        *("h1", "h2", "h3", "meta", "link", "b", "i", "em", "strong"),
    )
)
_APART_IDS = ("comments", "disqus_thread", "sidebar", "masthead", "colophon", "related", "secondary", "respond")


def kind_of(tree: Tree, at: int) -> str:
    """What an element may be: apart, header, video, article, maybe (an article), or nothing."""
    name = tree.names[at]
    if name in _NO_CONTAINERS:
        return ""
    if _is_apart(tree, at):
        return "apart"
    if name in ("header", "footer"):
        return "header"
    scoped = tree.get(at, "itemtype")[:500]
    if _VIDEO_TYPE.search(scoped):
        return "video"
    if "article" in (name, tree.get(at, "role").lower()) or _ARTICLE_TYPES.search(scoped):
        return "article"
    classes = tree.classes(at)
    if not _ARTICLE_CLASSES.isdisjoint(classes):
        return "article"
    return "" if _MAYBE_CLASSES.isdisjoint(classes) else "maybe"


def _is_apart(tree: Tree, at: int) -> bool:
    """Whether an element is the site's or its readers', by its name, role, class or id."""
    if tree.names[at] in _APART_NAMES or tree.get(at, "role").lower() in _APART_ROLES:
        return True
    return not _APART_CLASSES.isdisjoint(tree.classes(at)) or tree.get(at, "id").lower() in _APART_IDS


def is_banner(tree: Tree, at: int) -> bool:
    """Whether a header or footer outside any article is the site's: it holds its menu, or calls itself so."""
    if tree.names[at] == "footer":
        return True
    names = {*tree.classes(at), tree.get(at, "id").lower()}
    by_name = any(
        name.startswith(("site", "global", "top", "main-header", "wp-block-template-part", "masthead", "banner"))
        for name in names
    )
    return by_name or tree.first_inside(at, "nav") is not None
