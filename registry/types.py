"""Words that every room shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from registry.kinds import Life as Life
from registry.kinds import Modality as Modality
from registry.kinds import PartyKind as PartyKind
from registry.kinds import SubjectKind as SubjectKind
from registry.kinds import Use as Use

if TYPE_CHECKING:
    # For annotations alone: most commands look at no picture and no vector, and need not wait for numpy.
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Template:
    """What one encoder made of one reference.

    arrays is the encoder's own business (a face: ``vector`` (d,) float32 of unit length; artwork: ``points`` (n, 2),
    ``descriptors`` (n, d), ``size`` (2,)); nothing but the encoder named here may read it.
    """

    subject_id: str
    reference_id: str
    encoder: str
    arrays: "Mapping[str, NDArray[Any]]"


Image: TypeAlias = "NDArray[np.uint8]"
"""A picture: (height, width, 3), blue-green-red, 0 to 255, upright."""
