"""Reads the topology of a TensorFlow.js graph model and finds its weights inside the binary file.

A graph model is a JSON file with the nodes of a TensorFlow graph and a manifest: name, shape and type of each weight,
in the order in which they follow each other in the binary file, without gaps. "Quantised" to float16 means that the
values lie there as f16 (https://github.com/tensorflow/tfjs, `tfjs-core/src/io/types.ts`).
"""

import base64
import json
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


def read_nodes(topology: Path) -> dict[str, Node]:
    """Every node of the graph, by name."""
    nodes = json.loads(topology.read_text())["modelTopology"]["node"]
    return {n["name"]: Node(n["name"], n["op"], n.get("input", []), n.get("attr", {})) for n in nodes}


def read_weights(topology: Path, weights: Path) -> dict[str, Stored]:
    """Every weight, by the name of its node."""
    found, offset = {}, 0
    for group in json.loads(topology.read_text())["weightsManifest"]:
        assert group["paths"] == [weights.name], group["paths"]
        for entry in group["weights"]:
            quantised = entry.get("quantization", {})
            assert quantised.get("dtype", "float16") == "float16", entry
            dtype = np.dtype(quantised.get("dtype", entry["dtype"]))
            found[entry["name"]] = Stored(weights, offset, dtype, tuple(entry["shape"]))
            offset += found[entry["name"]].nbytes
    assert offset == weights.stat().st_size
    return found
