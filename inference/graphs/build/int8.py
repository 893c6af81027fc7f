"""8-bit matrix products over weights that are stored as f16.

The graph itself derives the 8-bit weights: cast, scale by blocks of a row, round. Every input of those nodes is a
constant, so ONNX Runtime computes them once while it opens the model ("constant folding") and keeps the result only.
As all intermediate results live until the end of that, the derivation has as few large ones as can be: the f32 cast.

The product is ONNX Runtime's `MatMulNBits` with 8 bits, which also quantises the activations block by block. The usual
`DynamicQuantizeMatMul` has one scale for the whole activation tensor instead: with Whisper's outliers that cost a
third more character errors on languages other than English, and on x86 processors without VNNI its kernel overflows.
"""

import numpy as np

from graph import RUNTIME_DOMAIN, Graph, Stored

BLOCK = 128  # weights to a scale, along the summed axis
ZERO = 128  # `MatMulNBits` takes bytes around this level when it is given no zero points
LEVELS = 127
INT8_ACTIVATIONS = 4  # the operator's `accuracy_level` that multiplies in 8 bits


def int8_linear(g: Graph, value: str, name: str, weight: Stored, bias: str = "", factor=None) -> str:
    """`value` [..., in] times `weight` [out, in] transposed, plus f32 `bias` [out].

    `factor`, where given, is one number for each output that its row of `weight` is multiplied by (not the bias).
    """
    outputs, inputs = weight.shape
    count = inputs // BLOCK
    assert inputs % BLOCK == 0, weight.shape
    blocks = g.float(g.weight(f"{name}/blocks", weight.reshape(outputs * count, BLOCK)))
    highest = g.op("ReduceMax", blocks, axes=[1], keepdims=0)
    lowest = g.op("ReduceMin", blocks, axes=[1], keepdims=0)
    peak = g.op("Max", highest, g.op("Neg", lowest), g.scalar(1e-8))
    scale = g.op("Div", peak, g.scalar(LEVELS))
    zero = g.op("Expand", g.const(ZERO, np.uint8), g.const([outputs * count]))
    levels = g.reshape(g.op("QuantizeLinear", blocks, scale, zero, axis=0), outputs, count, BLOCK)
    if factor is not None:
        scale = g.op("Mul", scale, g.const(np.repeat(factor, count), np.float32))
    return g.op(
        "MatMulNBits",
        *(value, levels, scale, "", "", bias),
        **dict(K=inputs, N=outputs, bits=8, block_size=BLOCK, accuracy_level=INT8_ACTIVATIONS, domain=RUNTIME_DOMAIN),
    )
