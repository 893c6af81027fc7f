"""dlib's ResNet for faces (128 numbers; those of one person lie near each other), from face-api's TensorFlow.js weights.

Source   npm `@vladmandic/face-api` 1.7.15, `package/model/face_recognition_model.bin` and its manifest (MIT), converted from
         `dlib_face_recognition_resnet_model_v1.dat` of https://github.com/davisking/dlib-models (public domain: CC0 1.0).
         The network is dlib's `examples/dnn_face_recognition_ex.cpp`: a ResNet-34 with fewer layers and half the filters.
Layout   TensorFlow's order (convolutions [height, width, in, out]); some f32, most u8 with a scale and a least value for each
         tensor, which the manifest states and the graph holds. The manifest is read here only.
Graph    `faces` u8 [n, 150, 150, 3] RGB, aligned -> `descriptors` f32 [n, 128], not normalised: compare by Euclidean distance.

    python dlib_face.py face_recognition_model-weights_manifest.json face_recognition_model.bin ../dlib-face-resnet.onnx
"""

import json
import sys
from pathlib import Path

import numpy as np

from graph import Graph, Stored, require_sha256

SHA256 = {
    "face_recognition_model-weights_manifest.json": "cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b",
    "face_recognition_model.bin": "b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589",
}
SIDE = 150
DESCRIPTOR = 128
MEAN = (122.782, 117.001, 104.298)  # of red, green, blue: dlib's `input_rgb_image`
DEVIATION = 256.0
BLOCKS = (
    *("conv32_1", "conv32_2", "conv32_3"),
    *("conv64_down", "conv64_1", "conv64_2", "conv64_3"),
    *("conv128_down", "conv128_1", "conv128_2"),
    *("conv256_down", "conv256_1", "conv256_2", "conv256_down_out"),
)


class DlibFace:
    def __init__(self, manifest: Path, weights: Path):
        self.g = Graph("dlib-face-resnet")
        self.stored, self.scales = {}, {}
        offset = 0
        for group in json.loads(manifest.read_text()):
            assert group["paths"] == [weights.name], group["paths"]
            for entry in group["weights"]:
                scale = entry.get("quantization")
                dtype = np.dtype(scale["dtype"] if scale else entry["dtype"])
                stored = Stored(weights, offset, dtype, tuple(entry["shape"]))
                self.stored[entry["name"]], self.scales[entry["name"]] = stored, scale
                offset += stored.nbytes
        assert offset == weights.stat().st_size

    def weight(self, name: str, shape: tuple[int, ...] = (), axes: tuple[int, ...] = ()) -> str:
        """A weight as f32, seen as `shape` with its axes lying in the order `axes`."""
        stored, scale = self.stored[name], self.scales[name]
        value = self.g.weight(name, Stored(stored.file, stored.offset, stored.dtype, shape or stored.shape, axes))
        if scale is None:
            return value
        scaled = self.g.op("Mul", self.g.float(value), self.g.scalar(scale["scale"]))
        return self.g.op("Add", scaled, self.g.scalar(scale["min"]))

    def convolution(self, value: str, name: str, stride: int, padding: int) -> str:
        """A convolution, scaled and shifted by channel; the scale goes into its constants."""
        rows, _, inputs, outputs = self.stored[f"{name}/conv/filters"].shape
        kernel = self.weight(f"{name}/conv/filters", (outputs, inputs, rows, rows), (2, 3, 1, 0))
        scale, shift = self.weight(f"{name}/scale/weights"), self.weight(f"{name}/scale/biases")
        kernel = self.g.op("Mul", kernel, self.g.reshape(scale, outputs, 1, 1, 1))
        bias = self.g.op("Add", self.g.op("Mul", self.weight(f"{name}/conv/bias"), scale), shift)
        return self.g.op("Conv", value, kernel, bias, strides=[stride] * 2, pads=[padding] * 4)

    def block(self, value: str, name: str, side: int, channels: int) -> tuple[str, int, int]:
        """Two convolutions beside a short cut; one that shrinks the map averages 2 x 2 cells there and adds empty channels."""
        g = self.g
        if "_down" not in name:
            inner = self.convolution(g.op("Relu", self.convolution(value, f"{name}/conv1", 1, 1)), f"{name}/conv2", 1, 1)
            return g.op("Relu", g.op("Add", inner, value)), side, channels
        inner = self.convolution(g.op("Relu", self.convolution(value, f"{name}/conv1", 2, 0)), f"{name}/conv2", 1, 1)
        after, outputs = (side - 3) // 2 + 1, self.stored[f"{name}/conv2/conv/filters"].shape[3]
        short = g.op("AveragePool", value, kernel_shape=[2, 2], strides=[2, 2])
        missing = side // 2 - after
        if missing:
            inner = g.op("Pad", inner, g.const([0, 0, 0, 0, 0, 0, missing, missing]))
        if outputs > channels:
            short = g.op("Pad", short, g.const([0, 0, 0, 0, 0, outputs - channels, 0, 0]))
        return g.op("Relu", g.op("Add", inner, short)), side // 2, outputs

    def build(self) -> Graph:
        g = self.g
        image = g.transpose(g.float(g.input("faces", np.uint8, ["n", SIDE, SIDE, 3])), 0, 3, 1, 2)
        centred = g.op("Sub", image, g.const(np.reshape(MEAN, (3, 1, 1)), np.float32))
        value = g.op("Mul", centred, g.scalar(1 / DEVIATION))
        value = g.op("Relu", self.convolution(value, "conv32_down", 2, 0))
        value = g.op("MaxPool", value, kernel_shape=[3, 3], strides=[2, 2])
        side, channels = ((SIDE - 7) // 2 + 1 - 3) // 2 + 1, 32
        for name in BLOCKS:
            value, side, channels = self.block(value, name, side, channels)
        features = g.reshape(g.op("GlobalAveragePool", value), 0, channels)
        g.output(g.op("MatMul", features, self.weight("fc")), "descriptors", np.float32, ["n", DESCRIPTOR])
        return g


if __name__ == "__main__":
    manifest, weights = (require_sha256(Path(path), SHA256[Path(path).name]) for path in sys.argv[1:3])
    origin = "weights: npm @vladmandic/face-api 1.7.15, MIT; dlib's, CC0 1.0"
    DlibFace(manifest, weights).build().save(Path(sys.argv[3]), origin)
