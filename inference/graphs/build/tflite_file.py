"""Reads the graph of a TensorFlow Lite model and finds its tensors inside the file.

A model is one FlatBuffer (https://flatbuffers.dev/internals/, fields as numbered by TensorFlow's `schema.fbs`): tables of
fields, and vectors whose bytes lie in the file as they are.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from graph import Stored

TYPES = {0: "float32", 1: "float16", 2: "int32", 3: "uint8", 4: "int64", 9: "int8"}
KINDS = {
    0: "ADD",
    2: "CONCATENATION",
    3: "CONV_2D",
    4: "DEPTHWISE_CONV_2D",
    5: "DEPTH_TO_SPACE",
    6: "DEQUANTIZE",
    9: "FULLY_CONNECTED",
    14: "LOGISTIC",
    17: "MAX_POOL_2D",
    19: "RELU",
    22: "RESHAPE",
    23: "RESIZE_BILINEAR",
    34: "PAD",
    40: "MEAN",
    49: "SPLIT",
    54: "PRELU",
    114: "QUANTIZE",
}


@dataclass(frozen=True)
class Tensor:
    name: str
    dtype: np.dtype
    shape: tuple[int, ...]
    stored: Stored | None  # None for what is computed
    scale: Stored | None  # of what is quantised, one for all or one a channel
    zero: int


@dataclass(frozen=True)
class Operator:
    kind: str
    inputs: list[int]
    outputs: list[int]
    options: "Table | None"


class Table:
    """A FlatBuffer table; fields are named by their number."""

    def __init__(self, data: bytes, at: int):
        self.data, self.at = data, at
        self.fields = at - self.unpack("<i", at)
        self.count = (self.unpack("<H", self.fields) - 4) // 2

    def unpack(self, form: str, at: int):
        return struct.unpack_from(form, self.data, at)[0]

    def place(self, field: int) -> int | None:
        offset = self.unpack("<H", self.fields + 4 + 2 * field) if field < self.count else 0
        return self.at + offset if offset else None

    def number(self, field: int, form: str, default: int = 0) -> int:
        place = self.place(field)
        return default if place is None else self.unpack(form, place)

    def table(self, field: int) -> "Table | None":
        place = self.place(field)
        return None if place is None else Table(self.data, place + self.unpack("<I", place))

    def vector(self, field: int) -> tuple[int, int]:
        """Where the elements begin, and how many there are."""
        place = self.place(field)
        if place is None:
            return 0, 0
        start = place + self.unpack("<I", place)
        return start + 4, self.unpack("<I", start)

    def tables(self, field: int) -> list["Table"]:
        start, count = self.vector(field)
        places = (start + 4 * index for index in range(count))
        return [Table(self.data, place + self.unpack("<I", place)) for place in places]

    def integers(self, field: int, form: str = "i") -> list[int]:
        start, count = self.vector(field)
        return list(struct.unpack_from(f"<{count}{form}", self.data, start))


class Model:
    """Operators in their order, tensors by their number; the model fills the file, or `length` bytes from `start`."""

    def __init__(self, path: Path, start: int = 0, length: int | None = None):
        data = path.read_bytes()[start:][:length]
        root = Table(data, struct.unpack_from("<I", data)[0])
        codes = [max(code.number(0, "<b"), code.number(3, "<i")) for code in root.tables(1)]
        buffers = [buffer.vector(0) for buffer in root.tables(4)]
        (graph,) = root.tables(2)
        self.path, self.start = path, start
        self.tensors = [self.tensor(table, buffers) for table in graph.tables(0)]
        self.inputs, self.outputs = graph.integers(1), graph.integers(2)
        self.operators = [
            Operator(KINDS[codes[table.number(0, "<I")]], table.integers(1), table.integers(2), table.table(4))
            for table in graph.tables(3)
        ]

    def tensor(self, table: Table, buffers: list[tuple[int, int]]) -> Tensor:
        start, length = table.vector(3)
        name, shape = table.data[start : start + length].decode(), tuple(table.integers(0))
        dtype = np.dtype(TYPES[table.number(1, "<b")])
        start, length = buffers[table.number(2, "<I")]
        stored = Stored(self.path, self.start + start, dtype, shape) if length else None
        assert stored is None or stored.nbytes == length, name
        quantisation = table.table(4)
        start, count = quantisation.vector(2) if quantisation else (0, 0)
        zeros = quantisation.integers(3, "q") if quantisation else []
        assert len(set(zeros)) <= 1, name
        scale = Stored(self.path, self.start + start, np.dtype("float32"), (count,)) if count else None
        return Tensor(name, dtype, shape, stored, scale, zeros[0] if zeros else 0)
