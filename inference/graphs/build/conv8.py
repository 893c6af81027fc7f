"""8-bit convolutions over weights that are stored as f32.

Weights are rounded to 8 bits by output channel, in the graph itself: ONNX Runtime computes them once while it opens the
model ("constant folding"). Activations are rounded between a lowest and a highest value that was measured beforehand on
videos. ONNX Runtime turns each `DequantizeLinear` - `Conv` - `QuantizeLinear` into one integer convolution.

One program builds the exact graph, the graph that measures, and the 8-bit one, by what it is given as ranges.
"""

import json
from pathlib import Path

import numpy as np

from graph import Graph, Stored

# Kernels for x86 without VNNI add two products in 16 bits: with 7-bit weights they cannot overflow.
WEIGHT_LEVELS = 63


class Exact:
    """No rounding at all."""

    def value(self, g: Graph, name: str, value: str) -> str:
        return value

    def weight(self, g: Graph, name: str, stored: Stored) -> str:
        return g.weight(name, stored)


class Measured(Exact):
    """Rounds activations between measured ranges, and weights."""

    def __init__(self, ranges: dict[str, list[float]]):
        self.ranges = ranges

    @staticmethod
    def load(path: Path) -> "Measured":
        return Measured(json.loads(path.read_text())["ranges"])

    def value(self, g: Graph, name: str, value: str) -> str:
        lowest, highest = self.ranges[name]
        lowest, highest = min(lowest, 0.0), max(highest, 0.0)
        scale = (highest - lowest) / 255
        level = (g.scalar(scale), g.const(round(-lowest / scale), np.uint8))
        return g.op("DequantizeLinear", g.op("QuantizeLinear", value, *level), *level)

    def weight(self, g: Graph, name: str, stored: Stored) -> str:
        peaks = np.abs(stored.read()).reshape(stored.shape[0], -1).max(axis=1)
        scale = g.const(np.maximum(peaks, 1e-8) / WEIGHT_LEVELS, np.float32)
        zero = g.const(np.zeros(stored.shape[0]), np.int8)
        rounded = g.op("QuantizeLinear", g.weight(name, stored), scale, zero, axis=0)
        return g.op("DequantizeLinear", rounded, scale, zero, axis=0)


class Taps(Exact):
    """Measures the ranges: every activation's extremes become outputs of the graph."""

    def __init__(self):
        self.ranges = {}

    def value(self, g: Graph, name: str, value: str) -> str:
        g.output(g.op("ReduceMin", value, keepdims=0), f"{name}/lowest", np.float32, [])
        g.output(g.op("ReduceMax", value, keepdims=0), f"{name}/highest", np.float32, [])
        self.ranges[name] = [0.0, 0.0]
        return value

    def measure(self, g: Graph, weights: Path, inputs) -> None:
        """Runs the graph on `inputs`, feeds of the session; its weight files lie in `weights`."""
        import onnxruntime

        scratch = weights / "calibration.onnx"
        try:
            g.save(scratch, "calibration")
            session = onnxruntime.InferenceSession(scratch, providers=["CPUExecutionProvider"])
        finally:
            scratch.unlink(missing_ok=True)
        names = [output.name for output in session.get_outputs() if "/" in output.name]
        for feed in inputs:
            for output, found in zip(names, session.run(names, feed)):
                name, end = output.rsplit("/", 1)
                kept = self.ranges[name]
                side, better = (0, min) if end == "lowest" else (1, max)
                kept[side] = better(kept[side], float(found))

    def save(self, path: Path) -> None:
        rounded = {name: [float(f"{end:.5g}") for end in ends] for name, ends in self.ranges.items()}
        path.write_text(json.dumps({"ranges": rounded}, indent=1) + "\n")
