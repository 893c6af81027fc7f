"""8-bit matrix products over weights that are stored as f16 or f32.

The graph itself derives the 8-bit weights: cast, transpose, scale, round. Every input of those nodes is a constant,
so ONNX Runtime computes them once while it opens the model ("constant folding") and keeps the result only.
Activations are quantised as they come (`DynamicQuantizeMatMul`).
"""

import numpy as np
from onnx import TensorProto

from graph import RUNTIME_DOMAIN, Graph

# Largest magnitude of a stored weight. 127 would use the whole byte, but on x86 processors without VNNI the kernel adds
# pairs of u8 x s8 products in 16 bits, which overflows: 2 * 255 * 64 = 32640 is the most that fits. See "Reduce range" in
# https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html.
LEVELS = 64


def int8_columns(g: Graph, weight: str) -> tuple[str, str]:
    """f32 `weight` [out, in] -> int8 [in, out] and its f32 scale of each output, [out]; symmetric around zero."""
    peak = g.op("ReduceMax", g.op("Abs", weight), axes=[1], keepdims=0)
    scale = g.op("Div", g.op("Max", peak, g.scalar(1e-8)), g.scalar(LEVELS))
    levels = g.op("Round", g.op("Div", g.transpose(weight, 1, 0), scale))
    return g.op("Cast", levels, to=TensorProto.INT8), scale


def int8_linear(g: Graph, value: str, weight: str, bias: str = "") -> str:
    """`value` [..., in] times f32 `weight` [out, in] transposed, plus f32 `bias` [out]."""
    columns, scale = int8_columns(g, weight)
    return g.op("DynamicQuantizeMatMul", value, columns, scale, "", bias, domain=RUNTIME_DOMAIN)
