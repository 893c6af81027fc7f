"""Translates the operators of a TensorFlow Lite model into channels-first ONNX, weights where they lie."""

import math

import numpy as np

from graph import Graph, Stored
from tflite_file import Model, Operator

SAME = 0
ACTIVATIONS = {0: "", 1: "Relu"}


class Translation:
    """Translates what a graph's outputs need; maps are [n, channels, height, width]."""

    def __init__(self, graph: Graph, model: Model):
        self.g, self.model = graph, model
        self.maker = {output: operator for operator in model.operators for output in operator.outputs}
        self.done = {}

    def value(self, index: int) -> str:
        """The ONNX value of a computed tensor."""
        if index not in self.done:
            self.done[index] = self.translate(self.maker[index])
        return self.done[index]

    def shape(self, index: int) -> tuple[int, ...]:
        return self.model.tensors[index].shape

    def weight(self, index: int, shape: tuple[int, ...] = (), axes: tuple[int, ...] = ()) -> str:
        """A weight as f32, seen as `shape` with its axes lying in the order `axes`."""
        while index in self.maker:
            operator = self.maker[index]
            assert operator.kind == "DEQUANTIZE", operator
            (index,) = operator.inputs
        stored = self.model.tensors[index].stored
        view = Stored(stored.file, stored.offset, stored.dtype, shape or stored.shape, axes)
        return self.g.float(self.g.weight(f"weight_{index}", view))

    def translate(self, operator: Operator) -> str:
        g, kind, options = self.g, operator.kind, operator.options
        if kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            return self.convolution(operator)
        if kind == "MAX_POOL_2D":
            window, stride = options.number(4, "<i"), options.number(2, "<i")
            pads = self.pads(operator, options.number(0, "<b"), window, stride)
            return g.op("MaxPool", self.value(operator.inputs[0]), kernel_shape=[window] * 2, strides=[stride] * 2, pads=pads)
        if kind == "ADD":
            total = g.op("Add", *(self.value(index) for index in operator.inputs))
            return self.activated(total, options.number(0, "<b"))
        value = self.value(operator.inputs[0])
        if kind == "RELU":
            return g.op("Relu", value)
        if kind == "PRELU":
            channels = self.shape(operator.inputs[1])[-1]
            return g.op("PRelu", value, self.weight(operator.inputs[1], (channels, 1, 1)))
        if kind == "PAD":
            before, after = self.model.tensors[operator.inputs[1]].stored.read()[[0, 3, 1, 2]].T
            return g.op("Pad", value, g.const([*before, *after]))
        if kind == "RESIZE_BILINEAR":
            assert not options.number(2, "<b") and options.number(3, "<b"), operator
            (_, rows, _, _), (_, before, _, _) = self.shape(operator.outputs[0]), self.shape(operator.inputs[0])
            scales = g.const([1, 1, rows / before, rows / before], np.float32)
            return g.op("Resize", value, "", scales, mode="linear", coordinate_transformation_mode="half_pixel")
        if kind == "DEPTH_TO_SPACE":
            return g.op("DepthToSpace", value, blocksize=options.number(0, "<i"), mode="DCR")
        raise ValueError(f"no translation for {operator}")

    def rows(self, index: int, width: int) -> str:
        """An output as [n, rows, width]: channels of a map are its last axis, as in the file; reshapes and concatenations
        at the end are done here."""
        operator = self.maker[index]
        if operator.kind == "CONCATENATION":
            return self.g.op("Concat", *(self.rows(part, width) for part in operator.inputs), axis=1)
        if operator.kind == "RESHAPE":
            return self.rows(operator.inputs[0], width)
        return self.g.reshape(self.g.transpose(self.value(index), 0, 2, 3, 1), 0, -1, width)

    def convolution(self, operator: Operator) -> str:
        g, options = self.g, operator.options
        source, kernel, bias = operator.inputs
        outputs, rows, columns, inputs = self.shape(kernel)
        depthwise = operator.kind == "DEPTHWISE_CONV_2D"
        channels = self.shape(source)[-1]
        if depthwise:
            assert outputs == 1 and options.number(3, "<i") == 1 and inputs == channels, operator
            weight = self.weight(kernel, (inputs, 1, rows, columns), (2, 3, 0, 1))
        elif rows == columns == 1:
            weight = self.weight(kernel, (outputs, inputs, 1, 1))
        else:
            weight = self.weight(kernel, (outputs, inputs, rows, columns), (0, 2, 3, 1))
        stride = options.number(2, "<i")
        result = g.op(
            "Conv",
            *(self.value(source), weight, self.weight(bias)),
            strides=[stride, stride],
            pads=self.pads(operator, options.number(0, "<b"), rows, stride),
            group=channels if depthwise else 1,
        )
        return self.activated(result, options.number(4 if depthwise else 3, "<b"))

    def activated(self, value: str, activation: int) -> str:
        kind = ACTIVATIONS[activation]
        return self.g.op(kind, value) if kind else value

    def pads(self, operator: Operator, padding: int, window: int, stride: int) -> list[int]:
        if padding != SAME:
            return [0] * 4
        side = self.shape(operator.inputs[0])[1]
        total = max((math.ceil(side / stride) - 1) * stride + window - side, 0)
        before = total // 2
        return [before, before, total - before, total - before]
