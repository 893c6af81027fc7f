"""YAMNet, 521 kinds of sound, from the TensorFlow Lite model of Google Coral.

Source   `models/yamnet_spectra_in.tflite` of https://github.com/google-coral/coralmicro (Apache-2.0), quantised by Google from
         https://github.com/tensorflow/models/tree/master/research/audioset/yamnet. In no package registry.
Layout   a FlatBuffer, see `tflite_file.py`: weights in 8 bits with a scale per channel, kernels with the channels last.
         Every tensor is used where it lies; activations are quantised as the model has them.
Graph    `patches` f32 [n, 96, 64], log-mel spectra of 0.96 s -> `scores` f32 [n, 521], probabilities, each for itself. The last
         product stays in f32, where the original rounds its outcome to steps of 0.31 before the sigmoid.

    python yamnet.py yamnet_spectra_in.tflite ../yamnet.onnx
"""

import sys
from pathlib import Path

import numpy as np

from graph import Graph, require_sha256
from tflite_file import Model

SHA256 = "0a266465c46718f3fcc4137366be82882a8c93bfcc4f0278581a11d11dddcdf9"


class Yamnet:
    def __init__(self, model: Path):
        self.g = Graph("yamnet")
        model = Model(model)
        self.tensors, self.operators = model.tensors, model.operators

    def dequantised(self, name, tensor, *shape, axes=(), axis=0):
        """A weight in f32; ONNX Runtime joins this with the product that it goes into."""
        g = self.g
        stored = tensor.stored.reshape(*shape) if not axes else type(tensor.stored)(
            tensor.stored.file, tensor.stored.offset, tensor.dtype, shape, axes
        )
        scale = g.weight(f"{name}.scale", tensor.scale)
        if tensor.scale.shape == (1,):
            scale = g.op("Squeeze", scale)
        return g.op("DequantizeLinear", g.weight(name, stored), scale, axis=axis)

    def rounded(self, value, tensor):
        """An activation, rounded as the model rounds it."""
        g = self.g
        scale, zero = g.const(tensor.scale.read()[0], np.float32), g.const(tensor.zero, np.int8)
        return g.op("DequantizeLinear", g.op("QuantizeLinear", value, scale, zero), scale, zero)

    def convolve(self, value, index, operator, depthwise):
        g = self.g
        source, kernel, bias = (self.tensors[i] for i in operator.inputs)
        target = self.tensors[operator.outputs[0]]
        _, height, width, channels = target.shape
        side, stride = kernel.shape[1], source.shape[1] // height
        if depthwise:
            weight = self.dequantised(f"conv_{index}.weight", kernel, channels, 1, side, side, axes=(1, 2, 3, 0))
        else:
            # Either the picture has one channel or the kernel one pixel, so that both orders are the same.
            weight = self.dequantised(f"conv_{index}.weight", kernel, channels, source.shape[3], side, side)
        bias = self.dequantised(f"conv_{index}.bias", bias, channels)
        # TensorFlow's "same" padding puts the odd pixel after.
        padding = [max((size - 1) * stride + side - before, 0) for size, before in ((height, source.shape[1]), (width, source.shape[2]))]
        before = [pad // 2 for pad in padding]
        after = [pad - half for pad, half in zip(padding, before)]
        y = g.op(
            "Conv",
            *(value, weight, bias),
            group=channels if depthwise else 1,
            strides=[stride, stride],
            pads=before + after,
        )
        y = g.op("Clip", y, g.scalar(0.0), g.scalar(6.0))
        return self.rounded(y, target)

    def build(self) -> Graph:
        g = self.g
        x = g.op("Unsqueeze", g.input("patches", np.float32, ["n", 96, 64]), g.const([1]))
        for index, operator in enumerate(self.operators):
            target = self.tensors[operator.outputs[0]]
            if operator.kind == "QUANTIZE":
                x = self.rounded(x, target)
            elif operator.kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
                x = self.convolve(x, index, operator, operator.kind == "DEPTHWISE_CONV_2D")
            elif operator.kind == "MEAN":
                x = self.rounded(g.op("Flatten", g.op("GlobalAveragePool", x)), target)
            elif operator.kind == "FULLY_CONNECTED":
                _, weight, bias = (self.tensors[i] for i in operator.inputs)
                weight, bias = (
                    self.dequantised("dense.weight", weight, *weight.shape),
                    self.dequantised("dense.bias", bias, *bias.shape),
                )
                x = g.op("Gemm", x, weight, bias, transB=1)
            elif operator.kind == "LOGISTIC":
                x = g.op("Sigmoid", x)
            else:
                assert operator.kind in ("RESHAPE", "SPLIT", "DEQUANTIZE"), operator.kind
        g.output(x, "scores", np.float32, ["n", 521])
        return g


if __name__ == "__main__":
    source = require_sha256(Path(sys.argv[1]), SHA256)
    Yamnet(source).build().save(Path(sys.argv[2]), "weights: google-coral/coralmicro, Apache-2.0")
