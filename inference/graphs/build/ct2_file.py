"""Finds the variables of a CTranslate2 `model.bin` inside the file.

Layout (`Model::load` in the CTranslate2 source, binary version 6), little endian: u32 version, string specification,
u32 revision, u32 number of variables; each variable is a string name, u8 rank, u32 per axis, u8 type, u32 bytes, then
the values in C order. A string is u16 length and that many bytes, the last of them zero.
"""

import struct
from pathlib import Path

import numpy as np

from graph import Stored

DTYPES = {
    0: np.dtype("float32"),
    1: np.dtype("int8"),
    2: np.dtype("int16"),
    3: np.dtype("int32"),
    4: np.dtype("float16"),
}


def read_variables(path: Path) -> dict[str, Stored]:
    """Every variable, by name."""
    found = {}
    with path.open("rb") as file:

        def take(kind):
            return struct.unpack("<" + kind, file.read(struct.calcsize("<" + kind)))[0]

        def text():
            return file.read(take("H")).rstrip(b"\0").decode()

        version = take("I")
        assert version == 6, version
        text(), take("I")
        for _ in range(take("I")):
            name = text()
            shape = tuple(take("I") for _ in range(take("B")))
            dtype, length = DTYPES[take("B")], take("I")
            found[name] = Stored(path, file.tell(), dtype, shape)
            assert found[name].nbytes == length, name
            file.seek(length, 1)
    return found
