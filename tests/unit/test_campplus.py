"""CAM++ as ONNX says what its layers say when they are reckoned one by one, whatever the weights are."""

from pathlib import Path

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import expit

from matcher.errors import PackDamaged
from matcher.packs.campplus import BLOCKS, write_onnx
from matcher.session import Session

HEAD, FIRST, GROWTH, NARROW, HALF = 3, 6, 2, 4, 2
Weights = dict[str, np.ndarray]


class Made:
    """A small network of CAM++'s shape, and what it says by numpy alone."""

    def __init__(self) -> None:
        self.random, self.weights = np.random.default_rng(5), Weights()

    def norm(self, x: np.ndarray, name: str, *, affine: bool = True) -> np.ndarray:
        parts = ("weight", "bias", "running_mean", "running_var")[0 if affine else 2 :]
        for part in parts:
            self.weights.setdefault(f"{name}.{part}", self.random.uniform(0.5, 1.5, len(x)).astype(np.float32))
        given = [self.weights.get(f"{name}.{p}", np.float32(d)) for p, d in zip(("weight", "bias"), (1, 0), strict=True)]
        mean, variance = (self.weights[f"{name}.running_{part}"] for part in ("mean", "var"))
        shape = (-1, *[1] * (x.ndim - 1))
        scale, shift, mean, variance = (np.broadcast_to(p, len(x)).reshape(shape) for p in (*given, mean, variance))
        return (x - mean) / np.sqrt(variance + 1e-5) * scale + shift

    def conv(
        self,
        x: np.ndarray,
        name: str,
        shape: tuple[int, ...],
        stride: tuple[int, ...],
        pad: int,
        *,
        apart: int = 1,
        bias: bool = False,
    ) -> np.ndarray:
        kernel = self.weights.setdefault(
            f"{name}.weight", self.random.normal(0, 1.4 / np.sqrt(np.prod(shape[1:])), shape).astype(np.float32)
        )
        padded = np.pad(x, [(0, 0), *[(pad, pad)] * (x.ndim - 1)])
        axes = tuple(range(1, x.ndim))
        reach = tuple((size - 1) * apart + 1 for size in shape[2:])
        windows = sliding_window_view(padded, reach, axes)
        windows = windows[(slice(None), *(slice(None, None, step) for step in stride), *[slice(None, None, apart)] * len(reach))]
        said = np.einsum("chwij,ocij->ohw" if x.ndim == 3 else "cti,oci->ot", windows, kernel)
        if bias:
            said = said + self.weights.setdefault(f"{name}.bias", self.random.normal(0, 1, shape[0]).astype(np.float32))[:, None]
        return said

    def residual(self, x: np.ndarray, name: str, stride: int) -> np.ndarray:
        square = (HEAD, HEAD, 3, 3)
        y = relu(self.norm(self.conv(x, f"{name}.conv1", square, (stride, 1), 1), f"{name}.bn1"))
        y = self.norm(self.conv(y, f"{name}.conv2", square, (1, 1), 1), f"{name}.bn2")
        if stride > 1:
            x = self.norm(self.conv(x, f"{name}.shortcut.0", (HEAD, HEAD, 1, 1), (stride, 1), 0), f"{name}.shortcut.1")
        return relu(y + x)

    def dense(self, x: np.ndarray, name: str, apart: int) -> np.ndarray:
        y = relu(self.norm(x, f"{name}.nonlinear1.batchnorm"))
        y = relu(self.norm(self.conv(y, f"{name}.linear1", (NARROW, len(x), 1), (1,), 0), f"{name}.nonlinear2.batchnorm"))
        cam = f"{name}.cam_layer"
        local = self.conv(y, f"{cam}.linear_local", (GROWTH, NARROW, 3), (1,), apart, apart=apart)
        around = np.concatenate(
            [np.repeat(p.mean(axis=1, keepdims=True), p.shape[1], 1) for p in np.split(y, range(100, y.shape[1], 100), 1)], 1
        )
        context = relu(self.conv(y.mean(axis=1, keepdims=True) + around, f"{cam}.linear1", (HALF, NARROW, 1), (1,), 0, bias=True))
        return local * expit(self.conv(context, f"{cam}.linear2", (GROWTH, HALF, 1), (1,), 0, bias=True))

    def says(self, features: np.ndarray) -> np.ndarray:
        x = relu(self.norm(self.conv(features.T[None], "head.conv1", (HEAD, 1, 3, 3), (1, 1), 1), "head.bn1"))
        for layer in ("head.layer1", "head.layer2"):
            x = self.residual(self.residual(x, f"{layer}.0", 2), f"{layer}.1", 1)
        x = relu(self.norm(self.conv(x, "head.conv2", (HEAD, HEAD, 3, 3), (2, 1), 1), "head.bn2"))
        x = x.reshape(-1, x.shape[2])
        x = relu(self.norm(self.conv(x, "xvector.tdnn.linear", (FIRST, len(x), 5), (2,), 2), "xvector.tdnn.nonlinear.batchnorm"))
        for number, (layers, apart) in enumerate(BLOCKS, 1):
            for layer in range(1, layers + 1):
                x = np.concatenate([x, self.dense(x, f"xvector.block{number}.tdnnd{layer}", apart)])
            x = relu(self.norm(x, f"xvector.transit{number}.nonlinear.batchnorm"))
            x = self.conv(x, f"xvector.transit{number}.linear", (len(x) // 2, len(x), 1), (1,), 0)
        x = relu(self.norm(x, "xvector.out_nonlinear.batchnorm"))
        pooled = np.concatenate([x.mean(axis=1), x.std(axis=1, ddof=1)])[:, None]
        return self.norm(
            self.conv(pooled, "xvector.dense.linear", (192, len(pooled), 1), (1,), 0),
            "xvector.dense.nonlinear.batchnorm",
            affine=False,
        )[:, 0]


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


@pytest.mark.parametrize("frames", [98, 200, 450])
def test_it_says_what_its_layers_say(tmp_path: Path, frames: int) -> None:
    made, features = Made(), np.random.default_rng(frames).normal(size=(frames, 80)).astype(np.float32)
    expected = made.says(features)
    write_onnx(made.weights, tmp_path / "small.onnx")
    (said,) = Session(tmp_path / "small.onnx").run({"features": features[None]})
    np.testing.assert_allclose(said[0], expected, rtol=1e-3, atol=1e-3 * float(np.abs(expected).max()))


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PackDamaged, match=r"not those of CAM\+\+"):
        write_onnx({"head.conv1.weight": np.zeros((3, 1, 3, 3), np.float32)}, tmp_path / "other.onnx")
