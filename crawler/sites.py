"""Which site a host is part of, by the Public Suffix List. The only importer of tldextract."""

from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from registry.hosts import is_address, plain_host

if TYPE_CHECKING:
    from tldextract import TLDExtract


def site_of(url: str) -> str | None:
    """Who is asked at an address: the name that its owner registered, whatever stands before it, so that v1.example.org and
    v2.example.org are one site, and each blog of a host of blogs that the list knows is its own. An address of numbers, and a
    name that nobody can register, is a site with its port. None for what is not asked over HTTP."""
    try:
        parts = urlsplit(url)
        host = plain_host(parts.hostname or "")
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    return (None if is_address(host) else _registered(host)) or parts.netloc.rpartition("@")[2]


def _registered(host: str) -> str:
    return _list()(host).top_domain_under_public_suffix


@cache
def _list() -> "TLDExtract":
    # It brings a client of HTTP along, which takes a quarter of a second to load; most commands capture nothing.
    from tldextract import TLDExtract

    # The list that came with the package: nothing is fetched, and nothing kept on disk.
    return TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)
