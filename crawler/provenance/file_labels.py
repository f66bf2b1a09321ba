"""What a captured file says of itself, read in a confined process (see `isolation.child`), and as it comes out of there."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import FailFast, Field, TypeAdapter, ValidationError

from crawler.provenance.aigc import aigc_finding
from crawler.provenance.base import LabelFinding
from crawler.provenance.c2pa_reader import Said, read_manifest
from crawler.provenance.source_type import MAX_TERMS, stated_in_xmp
from isolation.child import Answer

_LONG = 5_000
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
MAX_SAID = 8 << 20
"""Bytes that may be said of one file."""


class LabelSection(StrEnum):
    """What is read of a file at a time. A crash in one part says nothing of the other."""

    METADATA = "metadata"
    MANIFEST = "manifest"


@dataclass(frozen=True)
class Asked:
    """What of a file is to be read for labels. media_type: as it was sniffed."""

    part: LabelSection
    path: Path
    media_type: str


@dataclass(frozen=True)
class Metadata:
    """aigc: the finding. stated, trouble: see stated_in_xmp."""

    aigc: LabelFinding
    stated: Annotated[tuple[str, ...], FailFast(), Field(max_length=MAX_TERMS)] = ()
    trouble: str = ""


_ASKED, _METADATA, _MANIFEST = TypeAdapter(Asked), TypeAdapter(Metadata), TypeAdapter(Said)


class NotOurs(Exception):
    """An answer that no reader of this program gives."""


def labels_of_files(_: bytes) -> Answer:
    """The entry of the confined process."""
    return lambda job: _answer(_ASKED.validate_json(job))


def _answer(asked: Asked) -> bytes:
    if asked.part is LabelSection.MANIFEST:
        return _MANIFEST.dump_json(read_manifest(asked.path, asked.media_type))
    stated, trouble = stated_in_xmp(asked.path, asked.media_type)
    return _METADATA.dump_json(Metadata(aigc_finding(asked.path, asked.media_type), stated, trouble))


def asked_to_bytes(asked: Asked) -> bytes:
    """The question as JSON."""
    return _ASKED.dump_json(asked)


def metadata_from_bytes(data: bytes) -> Metadata:
    """Raises NotOurs."""
    try:
        found = _METADATA.validate_json(data)
    except ValidationError:
        raise NotOurs from None
    texts = (found.aigc.detail, found.trouble, *found.stated)
    if found.aigc.kind != "aigc" or any(len(text) > _LONG or _UNSEEN.search(text) for text in texts):
        raise NotOurs
    return found


def manifest_from_bytes(data: bytes) -> Said:
    """Raises NotOurs."""
    try:
        return _MANIFEST.validate_json(data)
    except ValidationError:
        raise NotOurs from None
