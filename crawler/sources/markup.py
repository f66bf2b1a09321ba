"""XML and HTML from strangers, through lxml: nothing is fetched, no entity is expanded, sizes are bounded."""

import zlib
from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped]
from w3lib.encoding import html_to_unicode

MAX_MARKUP = 20 * 1024 * 1024


class Element:
    """An element by local names: feeds in the wild mix namespaces and prefixes."""

    def __init__(self, node: etree._Element) -> None:
        self._node = node

    @property
    def name(self) -> str:
        """The tag without namespace, in lower case."""
        return _local(self._node.tag)

    @property
    def namespace(self) -> str:
        tag = self._node.tag
        return tag[1:].partition("}")[0] if tag.startswith("{") else ""

    @property
    def text(self) -> str:
        """All text inside, in order."""
        return "".join(map(str, self._node.itertext(etree.Element, with_tail=True)))

    def get(self, attribute: str) -> str:
        """The attribute's value, whatever its namespace; empty when it is not there."""
        for key, value in self._node.attrib.items():
            if _local(key) == attribute:
                return str(value)
        return ""

    def children(self, *names: str) -> Iterator["Element"]:
        """The child elements, those with one of the names if any is given."""
        for node in self._node.iterchildren(tag=etree.Element):
            if not names or _local(node.tag) in names:
                yield Element(node)

    def every(self, *names: str) -> Iterator["Element"]:
        """The descendants with one of the names, in document order, self included."""
        for node in self._node.iter(tag=etree.Element):
            if _local(node.tag) in names:
                yield Element(node)

    def first(self, *names: str) -> str:
        """The text of the first child with one of the names that has any."""
        return next((text for child in self.children(*names) if (text := child.text.strip())), "")


def read_xml(body: bytes) -> tuple[Element | None, str | None]:
    """The root of an XML document and what is wrong with it, either of which may be None.

    Broken XML is read as far as it makes sense. A document that declares entities is not read at all.
    """
    body, error = _unpacked(body)
    if error:
        return None, error
    options = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False, "remove_pis": True}
    try:
        root = etree.fromstring(body, etree.XMLParser(**options))
    except (etree.XMLSyntaxError, ValueError) as broken:
        error = f"The XML is broken ({_short(broken)}); it was read as far as possible."
        try:
            root = etree.fromstring(body, etree.XMLParser(recover=True, **options))
        except (etree.XMLSyntaxError, ValueError):
            root = None
    if root is None:
        return None, error or "The XML is empty."
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        return None, "The XML declares entities, which no feed or sitemap needs; it was not read."
    return Element(root), error


def read_html(body: bytes, content_type: str) -> Element | None:
    """The root of an HTML document as a lenient parser sees it; None when there is nothing in it."""
    _, text = html_to_unicode(content_type, body[:MAX_MARKUP], default_encoding="utf-8")
    data = text.replace("\x00", "").encode("utf-8", "replace")
    try:
        root = etree.fromstring(data, etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_pis=True))
    except (etree.XMLSyntaxError, ValueError):
        return None
    return None if root is None else Element(root)


def _unpacked(body: bytes) -> tuple[bytes, str | None]:
    if body.startswith(b"\x1f\x8b"):
        unpack = zlib.decompressobj(wbits=31)
        try:
            body = unpack.decompress(body, MAX_MARKUP + 1)
        except zlib.error:
            return b"", "The gzip file is broken."
    if len(body) > MAX_MARKUP:
        return b"", f"The document is larger than {MAX_MARKUP:,} bytes."
    return body, None


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2].lower()


def _short(error: Exception) -> str:
    return str(error).partition(" (<string>")[0][:200]
