"""Finds the tensors of a PyTorch checkpoint inside the file, without PyTorch.

Two layouts exist. Since PyTorch 1.6 a checkpoint is a zip with one *stored* (uncompressed) member per storage
and a pickle that names them; before, it was a row of pickles followed by the raw storages, each behind an int64
element count. Both keep each storage contiguous and little endian, so a tensor without gaps is an offset and an axis
order.

The pickles are read with an unpickler that knows only the few names a state dict needs.
"""

import pickle
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np

from graph import Stored

STORAGE_DTYPE = {
    "FloatStorage": np.dtype("float32"),
    "HalfStorage": np.dtype("float16"),
    "LongStorage": np.dtype("int64"),
}


class _Unpickler(pickle.Unpickler):
    """Turns each tensor into `(storage key, dtype, first element, shape, stride)`; keeps the type of each storage."""

    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def find_class(self, module, name):
        if module == "torch" and name in STORAGE_DTYPE:
            return STORAGE_DTYPE[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, first, shape, stride, *_: (*storage, first, shape, stride)
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        raise pickle.UnpicklingError(f"unexpected {module}.{name}")

    def persistent_load(self, pid):
        kind, dtype, key = pid[0], pid[1], pid[2]
        assert kind == "storage", kind
        self.storages[key] = dtype
        return key, dtype


def read_state_dict(path: Path, part: str | None = None) -> dict[str, Stored]:
    """Every tensor of the state dict, by name; of its `part` where a checkpoint holds more than the network."""
    if zipfile.is_zipfile(path):
        tensors, start = _zip_layout(path)
    else:
        tensors, start = _legacy_layout(path)
    if part is not None:
        tensors = tensors[part]
    found = {}
    for name, (key, dtype, first, shape, stride) in tensors.items():
        # Checkpoints made from TensorFlow weights keep that layout and say so by the strides.
        axes = tuple(sorted(range(len(shape)), key=lambda axis: -stride[axis]))
        step = 1
        for axis in reversed(axes):
            assert shape[axis] == 1 or stride[axis] == step, (name, shape, stride)
            step *= shape[axis]
        lies_in_order = all(before <= after for before, after in zip(axes, axes[1:]))
        offset = start[key] + first * dtype.itemsize
        found[name] = Stored(path, offset, dtype, tuple(shape), () if lies_in_order else axes)
    return found


def _zip_layout(path):
    start = {}
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        pickled = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        for member in archive.infolist():
            assert member.compress_type == zipfile.ZIP_STORED, member.filename
            # Local file header: 30 bytes, then the name and the extra field (APPNOTE.TXT 4.3.7).
            file.seek(member.header_offset + 26)
            name_length, extra_length = struct.unpack("<HH", file.read(4))
            start[member.filename.rsplit("/", 1)[-1]] = member.header_offset + 30 + name_length + extra_length
        with archive.open(pickled) as data:
            return _Unpickler(data).load(), start


def _legacy_layout(path):
    start = {}
    with path.open("rb") as file:
        for _ in ("magic number", "protocol version", "system information"):
            _Unpickler(file).load()
        unpickler = _Unpickler(file)
        tensors = unpickler.load()
        for key in _Unpickler(file).load():
            (elements,) = struct.unpack("<q", file.read(8))
            start[key] = file.tell()
            file.seek(elements * unpickler.storages[key].itemsize, 1)
        assert file.tell() == path.stat().st_size
    return tensors, start
