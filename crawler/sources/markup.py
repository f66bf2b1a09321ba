"""XML and HTML from strangers, through lxml: nothing is fetched, no entity is expanded, sizes are bounded."""

import codecs
import re
import zlib
from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped]
from w3lib.encoding import html_body_declared_encoding, html_to_unicode, http_content_type_encoding, read_bom

MAX_MARKUP = 20 * 1024 * 1024
_MAX_STEPS = 2_000
_HIDDEN = ("script", "style", "template", "noscript", "svg", "button", "select", "video", "audio", "object")
_BLOCKS = ("br", "p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "time", "td", "dd", "dt")
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
# Those that browsers have (WHATWG Encoding). Python has many more, in which a page that everybody sees would say nothing here.
_ENCODINGS = frozenset(
    codecs.lookup(name).name
    for name in (
        *("ascii", "latin-1", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp866", "cp874", "tis-620", "koi8-r", "koi8-u"),
        *(f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)),
        *(f"cp{page}" for page in range(1250, 1259)),
        *("mac-roman", "mac-cyrillic", "gb2312", "gbk", "gb18030", "big5", "big5hkscs", "euc-jp", "iso2022-jp", "shift-jis"),
        *("cp932", "euc-kr", "cp949"),
    )
)
_BLANKS = re.compile("[ \\t\\n\\r\\f]+")


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
        """The address of its namespace; empty without one."""
        tag = self._node.tag
        return tag[1:].partition("}")[0] if tag.startswith("{") else ""

    @property
    def lead(self) -> str:
        """The text before the first child."""
        return str(self._node.text or "")

    @property
    def text(self) -> str:
        """All text inside, in order."""
        return "".join(map(str, self._node.itertext(etree.Element, with_tail=True)))

    def words(self, limit: int) -> str:
        """The text that a reader sees inside, blanks joined as HTML asks, at most limit characters. Takes bounded time."""
        walker = etree.iterwalk(self._node, events=("start", "end"), tag="*")
        pieces: list[str] = []
        size = 0
        for step, (event, node) in enumerate(walker):
            if event == "end":
                piece = "" if node is self._node else node.tail or ""
            elif _local(node.tag) in _HIDDEN:
                walker.skip_subtree()
                piece = ""
            else:
                piece = self._space_before(node) + (node.text or "")
            pieces.append(piece[: limit * 4])
            size += len(pieces[-1])
            if size > limit * 4 or step > _MAX_STEPS:
                break
        return _BLANKS.sub(" ", "".join(pieces)).strip(" ")[:limit]

    def _space_before(self, node: etree._Element) -> str:
        return " " if node is not self._node and _local(node.tag) in _BLOCKS else ""

    def markup(self) -> str:
        """The element and what is inside, as text with its tags."""
        return str(etree.tostring(self._node, encoding="unicode", with_tail=False))

    def own(self, attribute: str) -> str:
        """The value of an attribute without namespace, spelt just so; empty when it is not there."""
        return str(self._node.get(attribute) or "")

    def attributes(self) -> dict[str, str]:
        """All attributes, by their names as they are spelt."""
        return dict(self._node.items())

    def walk(self) -> Iterator[tuple[bool, "Element"]]:
        """Every element under this one and itself, in document order: (True, it) where it begins, (False, it) where it ends."""
        for event, node in etree.iterwalk(self._node, events=("start", "end"), tag="*"):
            yield event == "start", Element(node)

    def get(self, attribute: str) -> str:
        """The attribute's value, whatever its namespace; empty when it is not there."""
        for key, value in self._node.attrib.items():
            if _local(key) == attribute:
                return str(value)
        return ""

    def bases(self) -> tuple[str, ...]:
        """What ``xml:base`` says here and around, the outermost first: each is relative to the one before."""
        holders = (self._node, *self._node.iterancestors())
        return tuple(base for node in reversed(holders) if (base := str(node.get(_BASE) or "").strip()))

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
    data = _text(body[:MAX_MARKUP], content_type).replace("\x00", "").encode("utf-8", "replace")
    try:
        root = etree.fromstring(
            data, etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_pis=True, remove_comments=True)
        )
    except (etree.XMLSyntaxError, ValueError):
        return None
    return None if root is None else Element(root)


def _text(body: bytes, content_type: str) -> str:
    """An HTML document's characters in the encoding that a browser would take it to be in."""
    outside = read_bom(body)[0] or http_content_type_encoding(content_type)
    named = outside or html_body_declared_encoding(body)
    # Bytes in which the word UTF-16 can be read are none of it.
    if named and (named not in _ENCODINGS or (not outside and named.startswith("utf-16"))):
        return body.decode("utf-8", "replace")
    return str(html_to_unicode(content_type, body, default_encoding="utf-8")[1])


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
