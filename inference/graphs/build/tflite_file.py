"""Finds the tensors of a TensorFlow Lite model inside the file, without TensorFlow.

The file is a FlatBuffer (https://flatbuffers.dev/internals/): tables that point to each other, `schema.fbs` of TensorFlow Lite
says which field is which. Buffers lie in it contiguous and little endian, so that a tensor is an offset; so do the
scales of quantised tensors. Only what the graphs of this folder need is read.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from graph import Stored

DTYPE = {0: np.dtype("float32"), 2: np.dtype("int32"), 4: np.dtype("int64"), 9: np.dtype("int8")}


@dataclass(frozen=True)
class LiteTensor:
    """A tensor of the model; `stored` and `scale` where it has them, `zero` of the first channel."""

    name: str
    dtype: np.dtype
    shape: tuple[int, ...]
    stored: Stored | None
    scale: Stored | None
    zero: int


@dataclass(frozen=True)
class LiteOperator:
    """An operator: number of its kind in `BuiltinOperator`, tensors in and out."""

    kind: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class _Table:
    def __init__(self, data: bytes, at: int):
        self.data, self.at = data, at
        self.fields = at - struct.unpack_from("<i", data, at)[0]

    def _field(self, index: int) -> int | None:
        size, slot = struct.unpack_from("<H", self.data, self.fields)[0], 4 + 2 * index
        offset = struct.unpack_from("<H", self.data, self.fields + slot)[0] if slot < size else 0
        return self.at + offset if offset else None

    def number(self, index: int, form: str) -> int:
        at = self._field(index)
        return struct.unpack_from(form, self.data, at)[0] if at else 0

    def vector(self, index: int) -> tuple[int, int]:
        """Where the first element lies, and how many there are."""
        at = self._field(index)
        if not at:
            return 0, 0
        at += struct.unpack_from("<I", self.data, at)[0]
        return at + 4, struct.unpack_from("<I", self.data, at)[0]

    def numbers(self, index: int, form: str) -> tuple[int, ...]:
        at, count = self.vector(index)
        return struct.unpack_from(f"<{count}{form}", self.data, at)

    def text(self, index: int) -> str:
        at, count = self.vector(index)
        return self.data[at : at + count].decode()

    def table(self, index: int) -> "_Table | None":
        at = self._field(index)
        return _Table(self.data, at + struct.unpack_from("<I", self.data, at)[0]) if at else None

    def tables(self, index: int) -> list["_Table"]:
        at, count = self.vector(index)
        places = (at + 4 * i for i in range(count))
        return [_Table(self.data, place + struct.unpack_from("<I", self.data, place)[0]) for place in places]


def read_model(path: Path) -> tuple[list[LiteTensor], list[LiteOperator]]:
    """Tensors and operators of the first subgraph; the operators in the order in which they run."""
    data = path.read_bytes()
    assert data[4:8] == b"TFL3"
    model = _Table(data, struct.unpack_from("<I", data, 0)[0])
    kinds = [max(code.number(0, "<b"), code.number(3, "<i")) for code in model.tables(1)]
    graph, buffers = model.tables(2)[0], model.tables(4)

    def tensor(table: _Table) -> LiteTensor:
        dtype, shape = DTYPE[table.number(1, "<b")], table.numbers(0, "i")
        at, size = buffers[table.number(2, "<I")].vector(0)
        stored = Stored(path, at, dtype, shape) if size else None
        assert stored is None or stored.nbytes == size, table.text(3)
        quantisation = table.table(4)
        at, count = quantisation.vector(2) if quantisation else (0, 0)
        zeros = quantisation.numbers(3, "q") if quantisation else ()
        assert len(set(zeros)) <= 1, table.text(3)
        scale = Stored(path, at, np.dtype("float32"), (count,)) if count else None
        return LiteTensor(table.text(3), dtype, shape, stored, scale, zeros[0] if zeros else 0)

    operators = [
        LiteOperator(kinds[table.number(0, "<I")], table.numbers(1, "i"), table.numbers(2, "i"))
        for table in graph.tables(3)
    ]
    return [tensor(table) for table in graph.tables(0)], operators
