"""CenterNet on MobileNetV3, a detector of the 80 COCO classes, from its TensorFlow.js conversion.

Source   npm `@vladmandic/human` 3.3.6, `package/models/centernet.json` and `centernet.bin` (MIT), converted from
         https://github.com/610265158/mobilenetv3_centernet; the method is https://arxiv.org/abs/1904.07850.
Layout   f16 weights in TensorFlow's order (convolutions [height, width, in, out]), used where they lie: cast and
         transposed in the graph, which ONNX Runtime folds when it opens it. The JSON file is read here only; the
         product needs the binary file alone.
Graph    `image` u8 [n, 512, 512, 3] RGB, the picture stretched to the square -> `detections` f32 [n, 100, 6]: x0, y0,
         x1, y1 in pixels of the square (may reach outside), score, class (COCO-80 order), by falling score. The peaks
         of the class maps are the detections, but overlapping classes or neighbouring peaks can name one object
         twice: suppress by overlap.

The network is translated node by node into channels-first order. The read-out is written anew for batches: peaks are
found before the sigmoid, which keeps their order, so that it is applied to 100 scores and not to 1.3 million.

    python centernet.py centernet.json centernet.bin ../centernet-coco.onnx
"""

import math
import sys
from pathlib import Path

import numpy as np

from graph import Graph, Stored, require_sha256
from tfjs_file import read_nodes, read_weights

SHA256 = {
    "centernet.json": "bfb942eaacc5becf738d536663bc4580a0ae9e560722306e6d4dd7fe4a09de05",
    "centernet.bin": "1b635a15009071f506f9f2b3519b31c072c534888989f30d269ffd44734ef7ef",
}
SIDE = 512
CELLS = 128  # cells of the class and box maps along a side
CLASSES = 80
DETECTIONS = 100
CELL_PIXELS = 4.0
BOX_SCALE = 16.0  # `tower_0/mul/y`: the box head predicts distances in units of 16 pixels


class CenterNet:
    def __init__(self, topology: Path, weights: Path):
        self.g = Graph("centernet-coco")
        self.nodes = read_nodes(topology)
        self.stored = read_weights(topology, weights)
        self.done = {}  # node name -> (value in channels-first order, side of its map)

    def weight(self, name, shape=None, axes=()):
        """A weight as f32, seen as `shape` with its axes lying in the order `axes`."""
        stored = self.stored[name]
        view = Stored(stored.file, stored.offset, stored.dtype, shape or stored.shape, axes)
        return self.g.float(self.g.weight(name, view))

    def translated(self, name):
        """The value of a node, and the side of the square map that it is."""
        if name not in self.done:
            self.done[name] = self.translate(self.nodes[name])
        return self.done[name]

    def translate(self, node):
        g = self.g
        if node.kind in ("_FusedConv2D", "Conv2D", "FusedDepthwiseConv2dNative", "DepthwiseConv2dNative"):
            return self.convolution(node)
        if node.kind in ("Add", "Mul"):
            (left, left_side), (right, right_side) = (self.operand(name) for name in node.inputs)
            return g.op(node.kind, left, right), max(left_side, right_side)
        if node.kind == "ConcatV2":
            parts = [self.translated(name) for name in node.inputs[:-1]]
            assert self.stored[node.inputs[-1]].read() in (3, -1), node
            return g.op("Concat", *(value for value, _ in parts), axis=1), parts[0][1]
        value, side = self.translated(node.inputs[0])
        if node.kind == "Relu6":
            return g.op("Clip", value, g.scalar(0.0), g.scalar(6.0)), side
        if node.kind in ("Relu", "Sigmoid"):
            return g.op(node.kind, value), side
        if node.kind == "Mean":
            assert self.stored[node.inputs[1]].read().tolist() == [1, 2], node
            return g.op("GlobalAveragePool", value), 1
        if node.kind == "ResizeBilinear":
            assert not any(node.attributes[flag]["b"] for flag in ("align_corners", "half_pixel_centers")), node
            scales = g.const([1, 1, 2, 2], np.float32)
            assert self.stored[node.inputs[1]].read().tolist() == [2 * side, 2 * side], node
            resized = g.op("Resize", value, "", scales, mode="linear", coordinate_transformation_mode="asymmetric")
            return resized, 2 * side
        raise ValueError(f"no translation for {node}")

    def operand(self, name):
        """An input of elementwise arithmetic: another node, or a number."""
        if name in self.stored:
            return self.g.scalar(self.stored[name].read().item()), 0
        return self.translated(name)

    def convolution(self, node):
        g = self.g
        value, side = self.translated(node.inputs[0])
        rows, _, inputs, outputs = self.stored[node.inputs[1]].shape
        if "Depthwise" in node.kind:
            assert outputs == 1, node
            kernel = self.weight(node.inputs[1], (inputs, 1, rows, rows), (2, 3, 0, 1))
        else:
            kernel = self.weight(node.inputs[1], (outputs, inputs, rows, rows), (2, 3, 1, 0))
        fused = node.texts("fused_ops") if "fused_ops" in node.attributes else []
        bias = [self.weight(node.inputs[2])] if fused else []
        assert fused in ([], ["BiasAdd"], ["BiasAdd", "Relu"]) and node.text("data_format") == "NHWC", node
        assert node.text("padding") == "SAME" or rows == 1, node
        stride = node.integers("strides")[1]
        after = math.ceil(side / stride)
        padding = max((after - 1) * stride + rows - side, 0)
        before = padding // 2
        result = g.op(
            "Conv",
            *(value, kernel, *bias),
            strides=[stride, stride],
            pads=[before, before, padding - before, padding - before],
            group=inputs if "Depthwise" in node.kind else 1,
        )
        return (g.op("Relu", result) if "Relu" in fused else result), after

    def detections(self, heat, box):
        """Class maps [n, 80, 128, 128] before the sigmoid, distances to the sides [n, 4, 128, 128] -> [n, 100, 6]."""
        g = self.g
        area = CELLS * CELLS
        highest = g.op("MaxPool", heat, kernel_shape=[3, 3], strides=[1, 1], pads=[1, 1, 1, 1])
        peaks = g.op("Where", g.op("Equal", heat, highest), heat, g.scalar(-np.inf))
        k = g.const([DETECTIONS])
        scores, index = g.op("TopK", g.reshape(peaks, 0, CLASSES * area), k, axis=1, outputs=2)
        cell = g.op("Mod", index, g.const(area))
        column = g.op("Unsqueeze", g.float(g.op("Mod", cell, g.const(CELLS))), g.const([1]))
        row = g.op("Unsqueeze", g.float(g.op("Div", cell, g.const(CELLS))), g.const([1]))
        centre = g.op("Mul", g.op("Concat", column, row, axis=1), g.scalar(CELL_PIXELS))
        places = g.op("Tile", g.op("Unsqueeze", cell, g.const([1])), g.const([1, 4, 1]))
        sides = g.op("GatherElements", g.reshape(box, 0, 4, area), places, axis=2)
        first = g.op("Sub", centre, g.slice(sides, 1, 0, 2))
        last = g.op("Add", centre, g.slice(sides, 1, 2, 4))
        scores = g.op("Unsqueeze", g.op("Sigmoid", scores), g.const([1]))
        classes = g.op("Unsqueeze", g.float(g.op("Div", index, g.const(area))), g.const([1]))
        return g.transpose(g.op("Concat", first, last, scores, classes, axis=1), 0, 2, 1)

    def build(self) -> Graph:
        g = self.g
        image = g.input("image", np.uint8, ["n", SIDE, SIDE, 3])
        self.done["tower_0/images"] = g.transpose(g.float(image), 0, 3, 1, 2), SIDE
        heat, _ = self.translated("tower_0/CenternetHead/centernet_cls_output/BiasAdd")
        box, side = self.translated("tower_0/CenternetHead/centernet_wh_output/BiasAdd")
        assert side == CELLS
        box = g.op("Mul", box, g.scalar(BOX_SCALE))
        g.output(self.detections(heat, box), "detections", np.float32, ["n", DETECTIONS, 6])
        return g


if __name__ == "__main__":
    topology, weights = (require_sha256(Path(path), SHA256[Path(path).name]) for path in sys.argv[1:3])
    CenterNet(topology, weights).build().save(Path(sys.argv[3]), "weights: npm @vladmandic/human 3.3.6, MIT")
