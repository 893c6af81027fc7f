"""BlazeFace full range, a detector of faces with six key points each, from MediaPipe's TensorFlow Lite file.

Source   npm `@mediapipe/face_detection` 0.4.1646425229, `package/face_detection_full_range.tflite` (Apache-2.0); the method is
         https://arxiv.org/abs/1907.05047, the read-out that of MediaPipe's `tensors_to_detections_calculator.cc` with the
         options of `mediapipe/modules/face_detection/face_detection_full_range.pbtxt`.
Layout   f16 weights, convolutions [out, height, width, in], used where they lie: cast and transposed in the graph, which
         ONNX Runtime folds when it opens it.
Graph    `image` u8 [n, 192, 192, 3] RGB, a picture fitted into the square -> `faces` f32 [n, 2304, 17]: score; left, top,
         right, bottom; x, y of the subject's right eye, left eye, nose tip, mouth centre, right ear, left ear. Places are
         fractions of the square and may lie outside. One row for each cell of 4 x 4 pixels: many name one face, so suppress
         by overlap.

    python blazeface.py face_detection_full_range.tflite ../blazeface-full-range.onnx
"""

import sys
from pathlib import Path

import numpy as np

from graph import Graph, require_sha256
from tflite_file import Model
from tflite_graph import Translation

SHA256 = "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3"
SIDE = 192
CELLS = 48  # along a side
KEY_POINTS = 6
PLACES = 4 + 2 * KEY_POINTS


def centres() -> np.ndarray:
    """x, y of the middle of each cell, in fractions of the square."""
    row, column = np.mgrid[0:CELLS, 0:CELLS]
    return ((np.stack([column, row], -1).reshape(-1, 2) + 0.5) / CELLS).astype(np.float32)


def build(model: Model) -> Graph:
    g = Graph("blazeface-full-range")
    translation = Translation(g, model)
    image = g.float(g.transpose(g.input("image", np.uint8, ["n", SIDE, SIDE, 3]), 0, 3, 1, 2))
    translation.done[model.inputs[0]] = g.op("Sub", g.op("Mul", image, g.scalar(2 / 255)), g.scalar(1.0))

    anchor = g.const(centres(), np.float32)
    places, scores = sorted(model.outputs, key=lambda index: -model.tensors[index].shape[-1])
    places = g.op("Mul", translation.rows(places, PLACES), g.scalar(1 / SIDE))
    centre = g.op("Add", g.slice(places, 2, 0, 2), anchor)
    half = g.op("Mul", g.slice(places, 2, 2, 4), g.scalar(0.5))
    points = g.op("Add", g.slice(places, 2, 4, PLACES), g.op("Tile", anchor, g.const([1, KEY_POINTS])))
    score = g.op("Sigmoid", translation.rows(scores, 1))
    faces = g.op("Concat", score, g.op("Sub", centre, half), g.op("Add", centre, half), points, axis=2)
    g.output(faces, "faces", np.float32, ["n", CELLS * CELLS, 1 + PLACES])
    return g


if __name__ == "__main__":
    model = Model(require_sha256(Path(sys.argv[1]), SHA256))
    build(model).save(Path(sys.argv[2]), "weights: npm @mediapipe/face_detection 0.4.1646425229, Apache-2.0")
