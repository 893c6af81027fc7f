// Runs CenterNet as its package does, by the TensorFlow.js that the package carries, for `fixtures.py`.
//
//     node centernet_reference.mjs PACKAGE_FOLDER IMAGE.rgb DETECTIONS.f32
//
// The image is 512 x 512 x 3 bytes. The bundle is made for browsers and does not load where it recognises Node.js, so
// that is hidden from it. Takes a minute: the CPU backend is the one without dependencies.
import fs from 'node:fs';

const [folder, image, out] = process.argv.slice(2);
Object.defineProperty(process, 'versions', { value: {} });
globalThis.window = globalThis;
globalThis.document = { createElement: () => ({ getContext: () => null }), visibilityState: 'hidden' };
const tf = await import(fs.realpathSync(`${folder}/dist/tfjs.esm.js`));
await tf.setBackend('cpu');

const topology = JSON.parse(fs.readFileSync(`${folder}/models/centernet.json`));
const weights = fs.readFileSync(`${folder}/models/centernet.bin`);
const load = async () => ({
  ...topology,
  weightSpecs: topology.weightsManifest[0].weights,
  weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.length),
});
const model = await tf.loadGraphModel({ load });
const input = tf.tensor(new Float32Array(fs.readFileSync(image)), [1, 512, 512, 3]);
const detections = await model.execute(input, ['tower_0/detections']).data();
fs.writeFileSync(out, Buffer.from(new Float32Array(detections).buffer));
