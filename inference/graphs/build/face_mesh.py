"""MediaPipe's face mesh, 468 points of one face and whether it is one, from its TensorFlow Lite file.

Source   npm `@mediapipe/face_mesh` 0.4.1633559619, `package/face_mesh_solution_packed_assets.data` (Apache-2.0): several
         files one after another, `face_landmark.tflite` at the place that `face_mesh_solution_packed_assets_loader.js`
         states; the method is https://arxiv.org/abs/1907.06724.
Layout   f16 weights, convolutions [out, height, width, in], used where they lie: cast and transposed in the graph, which
         ONNX Runtime folds when it opens it.
Graph    `image` u8 [n, 192, 192, 3] RGB, an upright face in the middle of a square 1.5 times as large as its box ->
         `points` f32 [n, 468, 3]: x, y in pixels of the square, depth; `presence` f32 [n, 1], the probability that it is a
         face. The numbers of the points: `mediapipe/modules/face_geometry/data/canonical_face_model_uv_visualization.png`.

    python face_mesh.py face_mesh_solution_packed_assets.data ../face-mesh.onnx
"""

import sys
from pathlib import Path

import numpy as np

from graph import Graph, require_sha256
from tflite_file import Model
from tflite_graph import Translation

SHA256 = "dbe5905c582c0462cdaea17e7e6ecea92edaa8cccc515c5e2e7291f2cbb5fb99"
START, END = 2_495_952, 3_737_848
SIDE = 192
POINTS = 468


def build(model: Model) -> Graph:
    g = Graph("face-mesh")
    translation = Translation(g, model)
    image = g.float(g.transpose(g.input("image", np.uint8, ["n", SIDE, SIDE, 3]), 0, 3, 1, 2))
    translation.done[model.inputs[0]] = g.op("Mul", image, g.scalar(1 / 255))
    points, presence = sorted(model.outputs, key=lambda index: -model.tensors[index].shape[-1])
    g.output(g.reshape(translation.value(points), 0, POINTS, 3), "points", np.float32, ["n", POINTS, 3])
    g.output(g.op("Sigmoid", g.reshape(translation.value(presence), 0, 1)), "presence", np.float32, ["n", 1])
    return g


if __name__ == "__main__":
    model = Model(require_sha256(Path(sys.argv[1]), SHA256), START, END - START)
    build(model).save(Path(sys.argv[2]), "weights: npm @mediapipe/face_mesh 0.4.1633559619, Apache-2.0")
