"""GE2E speaker encoder (Resemblyzer) from its PyTorch checkpoint.

Source   PyPI `Resemblyzer` 0.1.4, `resemblyzer/pretrained.pt` (Apache-2.0), https://github.com/resemble-ai/Resemblyzer
Layout   the checkpoint format from before PyTorch 1.6, with the state of the optimizer beside the network. The tensors of
         the recurrent layers are used where they lie; PyTorch orders the rows of a layer as input, forget, cell and
         output gate, ONNX as input, output, forget and cell, so that each is cut and joined anew when ONNX Runtime
         opens the graph.
Graph    `mels` f32 [n, t, 40], mel power spectra of 16 kHz speech, 10 ms apart -> `embedding` f32 [n, 256], length
         one, no element negative. Trained on t = 160.

    python ge2e.py pretrained.pt ../ge2e.onnx
"""

import sys
from pathlib import Path

import numpy as np

from graph import Graph, require_sha256
from torch_file import read_state_dict

SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"
LAYERS, UNITS, BANDS = 3, 256, 40
LEAST_LENGTH = 1e-12  # keeps the embedding of a window that excites nothing from becoming 0 / 0


class Ge2e:
    def __init__(self, checkpoint: Path):
        self.g = Graph("ge2e")
        self.state = read_state_dict(checkpoint, "model_state")

    def weight(self, name):
        return self.g.weight(name, self.state[name])

    def gates(self, name):
        """The rows of `name` in ONNX's order of gates."""
        value = self.weight(name)
        names = ("input", "forget", "cell", "output")
        part = {gate: self.g.slice(value, 0, i * UNITS, (i + 1) * UNITS) for i, gate in enumerate(names)}
        return self.g.op("Concat", *(part[gate] for gate in ("input", "output", "forget", "cell")), axis=0)

    def direction(self, value):
        """Puts the axis of directions, of which there is one, in front."""
        return self.g.op("Unsqueeze", value, self.g.const([0]))

    def recur(self, value, layer):
        """All hidden states `[t, n, 256]` and the last one `[1, n, 256]`."""
        g = self.g
        biases = [self.gates(f"lstm.bias_{side}_l{layer}") for side in ("ih", "hh")]
        hidden, last = g.op(
            "LSTM",
            *(value, self.direction(self.gates(f"lstm.weight_ih_l{layer}"))),
            *(self.direction(self.gates(f"lstm.weight_hh_l{layer}")), self.direction(g.op("Concat", *biases, axis=0))),
            outputs=2,
            hidden_size=UNITS,
        )
        return g.op("Squeeze", hidden, g.const([1])), last

    def build(self) -> Graph:
        g = self.g
        x = g.transpose(g.input("mels", np.float32, ["n", "t", BANDS]), 1, 0, 2)
        for layer in range(LAYERS):
            x, last = self.recur(x, layer)
        last = g.op("Squeeze", last, g.const([0]))
        y = g.op("Relu", g.op("Gemm", last, self.weight("linear.weight"), self.weight("linear.bias"), transB=1))
        length = g.op("ReduceL2", y, axes=[1], keepdims=1)
        y = g.op("Div", y, g.op("Max", length, g.scalar(LEAST_LENGTH)))
        g.output(y, "embedding", np.float32, ["n", 256])
        return g


if __name__ == "__main__":
    source = require_sha256(Path(sys.argv[1]), SHA256)
    network = Ge2e(source)
    assert f"lstm.weight_ih_l{LAYERS}" not in network.state
    network.build().save(Path(sys.argv[2]), "weights: PyPI Resemblyzer 0.1.4, Apache-2.0")
