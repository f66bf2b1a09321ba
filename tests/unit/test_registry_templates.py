import numpy as np
import pytest
from numpy.typing import NDArray

from registry.templates import gallery_digest
from registry.types import Template


def face(seed: int, *, subject: str = "s1", reference: str = "r1", encoder: str = "face-a") -> Template:
    vector: NDArray[np.float32] = np.random.default_rng(seed).standard_normal(16, dtype=np.float32)
    return Template(subject, reference, encoder, {"vector": vector})


def test_the_gallery_digest_ignores_the_order_of_templates() -> None:
    templates = [face(1), face(2, reference="r2"), face(3, subject="s2", reference="r3")]
    assert gallery_digest(templates) == gallery_digest(templates[::-1])


@pytest.mark.parametrize(
    "other",
    [face(2), face(1, subject="s2"), face(1, reference="r2"), face(1, encoder="face-b")],
    ids=["vector", "subject", "reference", "encoder"],
)
def test_the_gallery_digest_changes_with_whatever_is_looked_for(other: Template) -> None:
    assert gallery_digest([face(1)]) != gallery_digest([other])
    assert gallery_digest([face(1)]) != gallery_digest([face(1), other])
