"""Reads the topology of a TensorFlow.js graph model and finds its weights inside the binary file.

A graph model is a JSON file with the nodes of a TensorFlow graph and a manifest: name, shape and type of each weight,
in the order in which they follow each other in the binary file, without gaps. "Quantised" to float16 means that the
values lie there as f16, to uint8 that they are a scale times the byte plus a minimum
(https://github.com/tensorflow/tfjs, `tfjs-core/src/io/types.ts`). Bundles for browsers hold the JSON file as an object of
their program text, with names that stand without quotes.
"""

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from graph import Stored


@dataclass(frozen=True)
class Node:
    name: str
    kind: str
    inputs: list[str]
    attributes: dict

    def text(self, attribute: str) -> str:
        return base64.b64decode(self.attributes[attribute]["s"]).decode()

    def texts(self, attribute: str) -> list[str]:
        return [base64.b64decode(item).decode() for item in self.attributes[attribute]["list"].get("s", [])]

    def integers(self, attribute: str) -> list[int]:
        return [int(item) for item in self.attributes[attribute]["list"]["i"]]


def read_topology(path: Path) -> dict:
    """The JSON file, or the one object that a bundle (`.js`) exports."""
    text = path.read_text()
    if path.suffix != ".js":
        return json.loads(text)
    text = text[text.index("exports={format:") + len("exports=") :]
    # Strings stay as they are; what is between them loses the short forms that JavaScript has and JSON has not.
    pieces = re.split(r'("[^"\\]*")', text)
    for index in range(0, len(pieces), 2):
        piece = re.sub(r"([{,])(\w+):", r'\1"\2":', pieces[index])
        piece = re.sub(r"(?<![\w.])(-?)\.(\d)", r"\g<1>0.\2", piece)
        pieces[index] = piece.replace("!0", "true").replace("!1", "false")
    return json.JSONDecoder().raw_decode("".join(pieces))[0]


def read_nodes(topology: Path) -> dict[str, Node]:
    """Every node of the graph, by name."""
    nodes = read_topology(topology)["modelTopology"]["node"]
    return {n["name"]: Node(n["name"], n["op"], n.get("input", []), n.get("attr", {})) for n in nodes}


def read_weights(topology: Path, weights: Path) -> dict[str, Stored]:
    """Every weight, by the name of its node."""
    found, offset = {}, 0
    for group in read_topology(topology)["weightsManifest"]:
        assert group["paths"] == [weights.name] or topology.suffix == ".js", group["paths"]
        for entry in group["weights"]:
            quantised = entry.get("quantization", {})
            assert quantised.get("dtype", "float16") in ("float16", "uint8"), entry
            dtype = np.dtype(quantised.get("dtype", entry["dtype"]))
            found[entry["name"]] = Stored(weights, offset, dtype, tuple(entry["shape"]))
            offset += found[entry["name"]].nbytes
    assert offset == weights.stat().st_size
    return found


def read_scales(topology: Path) -> dict[str, tuple[float, float]]:
    """Scale and minimum of each weight that lies in the file as bytes, by the name of its node."""
    entries = (entry for group in read_topology(topology)["weightsManifest"] for entry in group["weights"])
    quantised = ((entry["name"], entry.get("quantization", {})) for entry in entries)
    return {name: (how["scale"], how["min"]) for name, how in quantised if how.get("dtype") == "uint8"}
