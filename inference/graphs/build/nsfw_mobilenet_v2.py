"""MobileNetV2 (width 1.4) that tells five kinds of pictures apart, from nsfwjs.

Source   npm `nsfwjs` 4.3.0, `package/dist/models/mobilenet_v2_mid/` (MIT), trained by
         https://github.com/GantMan/nsfw_model; the network is https://arxiv.org/abs/1801.04381.
Layout   the package ships each shard of the weights as base64 in the one long string of a program text. Decoded and
         joined, shard 1 then 2, they are `mobilenet_v2_mid.bin` here: u8 weights in TensorFlow's order (convolutions
         [height, width, in, out]), each tensor with a scale and a minimum that stand in the topology. They are used where
         they lie: cast, scaled and transposed in the graph, which ONNX Runtime folds when it opens it.
Graph    `image` u8 [n, 224, 224, 3] RGB -> `probs` f32 [n, 5]: drawing, hentai, neutral, porn, sexy; they sum to one.

    python nsfw_mobilenet_v2.py model.min.js mobilenet_v2_mid.bin ../nsfw-mobilenet-v2.onnx

`--join SHARD.min.js... OUT.bin` in place of the above makes the weight file of the shards.
"""

import base64
import math
import re
import sys
from pathlib import Path

import numpy as np

from graph import Graph, Stored, require_sha256
from tfjs_file import read_nodes, read_scales, read_weights

SHA256 = {
    "model.min.js": "a7a9e701491e2449b221dab7c424957f853e700602b5575da33cfd745616f964",
    "mobilenet_v2_mid.bin": "fee38f0bcbad1a223b8301c014bbf78984365aef5ab08fc3289ed4229ab67f0e",
}
SIDE = 224
CLASSES = 5
WHITE = 255.0


class MobileNet:
    def __init__(self, topology: Path, weights: Path):
        self.g = Graph("nsfw-mobilenet-v2")
        self.nodes = read_nodes(topology)
        self.stored = read_weights(topology, weights)
        self.scales = read_scales(topology)
        self.done = {}  # node name -> (value in channels-first order, side of its map)

    def weight(self, name, shape=None, axes=()):
        """A weight as f32, seen as `shape` with its axes lying in the order `axes`."""
        g, stored = self.g, self.stored[name]
        view = Stored(stored.file, stored.offset, stored.dtype, shape or stored.shape, axes)
        scale, least = self.scales[name]
        return g.op("Add", g.op("Mul", g.float(g.weight(name, view)), g.scalar(scale)), g.scalar(least))

    def operand(self, name):
        """An input of elementwise arithmetic: another node, or a number."""
        if name not in self.stored:
            return self.translated(name)
        scale, least = self.scales[name]
        return self.g.scalar(float(self.stored[name].read().item()) * scale + least), 0

    def translated(self, name):
        """The value of a node, and the side of the square map that it is."""
        if name not in self.done:
            self.done[name] = self.translate(self.nodes[name])
        return self.done[name]

    def translate(self, node):
        g = self.g
        if node.kind in ("_FusedConv2D", "FusedDepthwiseConv2dNative"):
            return self.convolution(node)
        if node.kind in ("AddV2", "Mul", "Sub"):
            (left, left_side), (right, right_side) = (self.operand(name) for name in node.inputs)
            return g.op("Add" if node.kind == "AddV2" else node.kind, left, right), max(left_side, right_side)
        value, side = self.translated(node.inputs[0])
        if node.kind == "AvgPool":
            assert node.integers("ksize") == [1, side, side, 1] and node.text("padding") == "VALID", node
            return g.op("GlobalAveragePool", value), 1
        if node.kind == "Squeeze":
            return g.op("Flatten", value), 1
        if node.kind == "_FusedMatMul":
            assert node.texts("fused_ops") == ["BiasAdd"], node
            return g.op("Gemm", value, self.weight(node.inputs[1]), self.weight(node.inputs[2])), 1
        if node.kind == "Softmax":
            return g.op("Softmax", value, axis=1), 1
        if node.kind == "Identity":
            return value, side
        raise ValueError(f"no translation for {node}")

    def convolution(self, node):
        g = self.g
        value, side = self.translated(node.inputs[0])
        rows, _, inputs, outputs = self.stored[node.inputs[1]].shape
        depthwise = "Depthwise" in node.kind
        if depthwise:
            assert outputs == 1, node
            kernel = self.weight(node.inputs[1], (inputs, 1, rows, rows), (2, 3, 0, 1))
        else:
            kernel = self.weight(node.inputs[1], (outputs, inputs, rows, rows), (2, 3, 1, 0))
        fused = node.texts("fused_ops")
        assert fused in (["BiasAdd"], ["BiasAdd", "Relu6"]), node
        assert node.text("padding") == "SAME" and node.text("data_format") == "NHWC", node
        stride = node.integers("strides")[1]
        after = math.ceil(side / stride)
        padding = max((after - 1) * stride + rows - side, 0)
        before = padding // 2
        result = g.op(
            "Conv",
            *(value, kernel, self.weight(node.inputs[2])),
            strides=[stride, stride],
            pads=[before, before, padding - before, padding - before],
            group=inputs if depthwise else 1,
        )
        return (g.op("Clip", result, g.scalar(0.0), g.scalar(6.0)) if "Relu6" in fused else result), after

    def build(self) -> Graph:
        g = self.g
        image = g.input("image", np.uint8, ["n", SIDE, SIDE, 3])
        pixels = g.op("Div", g.transpose(g.float(image), 0, 3, 1, 2), g.scalar(WHITE))
        self.done["input"] = pixels, SIDE
        value, _ = self.translated("Identity")
        g.output(value, "probs", np.float32, ["n", CLASSES])
        return g


def join(shards, out):
    strings = (max(re.findall('"([^"]*)"', Path(shard).read_text()), key=len) for shard in shards)
    Path(out).write_bytes(b"".join(base64.b64decode(string, validate=True) for string in strings))


if __name__ == "__main__":
    if sys.argv[1] == "--join":
        join(sys.argv[2:-1], sys.argv[-1])
    else:
        topology, weights = (require_sha256(Path(path), SHA256[Path(path).name]) for path in sys.argv[1:3])
        MobileNet(topology, weights).build().save(Path(sys.argv[3]), "weights: npm nsfwjs 4.3.0, MIT")
