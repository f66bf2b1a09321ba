"""Words that every room shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray


class PartyKind(StrEnum):
    STUDIO = "studio"
    UNION = "union"
    AGENCY = "agency"
    ESTATE = "estate"
    PERFORMER = "performer"


class SubjectKind(StrEnum):
    PERSON = "person"
    CHARACTER = "character"
    MARK = "mark"


class Modality(StrEnum):
    """In what way a subject can be present in a video."""

    FACE = "face"
    ARTWORK = "artwork"


@dataclass(frozen=True)
class Template:
    """What one encoder made of one reference.

    arrays is the encoder's own business (a face: ``vector`` (d,) float32 of unit length; artwork: ``points`` (n, 2),
    ``descriptors`` (n, d), ``size`` (2,)); nothing but the encoder named here may read it.
    """

    subject_id: str
    reference_id: str
    encoder: str
    arrays: Mapping[str, NDArray[Any]]


Image = NDArray[np.uint8]
"""A picture: (height, width, 3), blue-green-red, 0 to 255, upright."""
