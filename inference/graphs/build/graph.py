"""Writes small ONNX graphs whose weights stay in the file that their package ships.

An ONNX initializer may be *external data*: a file name, an offset and a length. ONNX Runtime maps that
range when it opens the model, so a graph can use the tensors of a PyTorch checkpoint, a CTranslate2 model or
a TensorFlow.js weight file where they lie, without a copy in another format. The graphs of this folder are
made that way; they hold topology and small constants only.

Needs Python 3.11, `onnx` and `numpy`.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

IR_VERSION = 8
RUNTIME_DOMAIN = "com.microsoft"  # ONNX Runtime's own operators, `ContribOperators.md` in its repository

ONNX_DTYPE = {
    np.dtype("float32"): TensorProto.FLOAT,
    np.dtype("float16"): TensorProto.FLOAT16,
    np.dtype("int64"): TensorProto.INT64,
    np.dtype("int32"): TensorProto.INT32,
    np.dtype("int8"): TensorProto.INT8,
    np.dtype("uint8"): TensorProto.UINT8,
    np.dtype("uint16"): TensorProto.UINT16,
}


@dataclass(frozen=True)
class Stored:
    """A tensor as it lies in a package file: from byte `offset`, without gaps, little endian.

    `axes` are the axes of `shape` from the slowest to the fastest; C order where it is left out.
    """

    file: Path
    offset: int
    dtype: np.dtype
    shape: tuple[int, ...]
    axes: tuple[int, ...] = ()

    @property
    def nbytes(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize

    def reshape(self, *shape: int) -> "Stored":
        """The same bytes under another shape."""
        assert np.prod(shape) == np.prod(self.shape) and not self.axes, (self, shape)
        return Stored(self.file, self.offset, self.dtype, tuple(shape))

    def read(self) -> np.ndarray:
        """The values, for constants that belong into the graph itself."""
        assert not self.axes
        with self.file.open("rb") as file:
            file.seek(self.offset)
            return np.frombuffer(file.read(self.nbytes), self.dtype).reshape(self.shape)


class Graph:
    """An ONNX graph under construction; values are referred to by name."""

    def __init__(self, name: str, opset: int = 17):
        self.name = name
        self.opset = opset
        self.nodes, self.initializers, self.inputs, self.outputs = [], [], [], []
        self.known = {}
        self.count = 0

    def fresh(self, hint: str) -> str:
        self.count += 1
        return f"{hint}_{self.count}"

    def input(self, name: str, dtype, shape) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, ONNX_DTYPE[np.dtype(dtype)], shape))
        return name

    def output(self, value: str, name: str, dtype, shape) -> None:
        """Publishes `value` under `name`."""
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, ONNX_DTYPE[np.dtype(dtype)], shape))

    def const(self, value, dtype=np.int64) -> str:
        """A small constant held in the graph itself; equal constants are stored once."""
        array = np.asarray(value, dtype)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.known:
            name = self.fresh("const")
            self.initializers.append(numpy_helper.from_array(array, name))
            self.known[key] = name
        return self.known[key]

    def weight(self, name: str, stored: Stored) -> str:
        """An initializer whose bytes stay in the package file, behind a transpose unless they lie in C order."""
        key = (name, stored)
        if key not in self.known:
            lying = [stored.shape[axis] for axis in stored.axes] if stored.axes else stored.shape
            tensor = TensorProto(name=name, data_type=ONNX_DTYPE[stored.dtype], dims=lying)
            tensor.data_location = TensorProto.EXTERNAL
            for field, value in (("location", stored.file.name), ("offset", stored.offset), ("length", stored.nbytes)):
                entry = tensor.external_data.add()
                entry.key, entry.value = field, str(value)
            self.initializers.append(tensor)
            back = [stored.axes.index(axis) for axis in range(len(stored.axes))]
            self.known[key] = self.transpose(name, *back) if stored.axes else name
        return self.known[key]

    def op(self, kind: str, *inputs: str, outputs: int = 1, **attributes):
        """Adds one node; returns its output name, or a list when there are several. An input of "" is left out."""
        names = [self.fresh(kind.lower()) for _ in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    # Short forms of what every graph uses.

    def float(self, value: str) -> str:
        return self.op("Cast", value, to=TensorProto.FLOAT)

    def reshape(self, value: str, *shape: int) -> str:
        """-1 infers one axis, 0 copies the axis of the input."""
        return self.op("Reshape", value, self.const(shape))

    def transpose(self, value: str, *perm: int) -> str:
        return self.op("Transpose", value, perm=perm)

    def slice(self, value: str, axis: int, first: int, last: int) -> str:
        return self.op("Slice", value, self.const([first]), self.const([last]), self.const([axis]))

    def scalar(self, value: float) -> str:
        return self.const(value, np.float32)

    def save(self, path: Path, origin: str) -> None:
        """Checks the graph and writes it; `origin` says where the weights come from."""
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.initializers)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", self.opset), helper.make_opsetid(RUNTIME_DOMAIN, 1)],
            ir_version=IR_VERSION,
            producer_name="reelgraph",
        )
        model.doc_string = origin
        onnx.checker.check_model(graph_only(model))
        path.write_bytes(model.SerializeToString(deterministic=True))
        print(f"{path.name}: {path.stat().st_size} bytes, {len(self.nodes)} nodes")


def graph_only(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy that the checker accepts without the weight files: external tensors become inputs."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    inner = [t for t in copy.graph.initializer if t.data_location != TensorProto.EXTERNAL]
    outer = [t for t in copy.graph.initializer if t.data_location == TensorProto.EXTERNAL]
    copy.graph.input.extend(helper.make_tensor_value_info(t.name, t.data_type, t.dims) for t in outer)
    del copy.graph.initializer[:]
    copy.graph.initializer.extend(inner)
    return copy


def require_sha256(path: Path, expected: str) -> Path:
    """Refuses a package file other than the one that the offsets are for."""
    actual = hashlib.sha256(path.read_bytes()).hexdigest()
    if actual != expected:
        raise SystemExit(f"{path}: SHA-256 is {actual}, expected {expected}")
    return path
