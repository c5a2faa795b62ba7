import { setTimeout } from "node:timers/promises";
import {
  defineSolvers,
  defineVariants,
  type Model,
  randomInt,
  type SolverEnv,
  type Solvers,
} from "@subnetkit/shared/subnet";
import { CLASSES } from "./dataset.ts";
import { type subnet, TIMEOUT_MS } from "./index.ts";

/** The three networks, from a good one to a poor one; see model/README.md. */
export const modelFiles = {
  large: "model/large.onnx",
  medium: "model/medium.onnx",
  small: "model/small.onnx",
} as const;

/** How long after the deadline the late miner answers. */
const LATE_BY_MS = 250;

type Images = readonly (readonly number[])[];

/** Solvers that run one of the networks. */
function withModel(file: string): Solvers<typeof subnet> {
  return defineSolvers<typeof subnet>({
    classify: async ({ images }, env) => ({ labels: await classify(await env.model(file), images) }),
  });
}

/** The likeliest digit of each image, all images in one batch. */
async function classify(model: Model, images: Images): Promise<number[]> {
  const pixels = Float32Array.from(images.flat(), (value) => value / 255);
  const { probabilities } = await model.run({
    pixels: { type: "float32", dims: [images.length, pixels.length / images.length], data: pixels },
  });
  if (probabilities?.type !== "float32") throw new Error("the model gave no float32 probabilities");
  const { data } = probabilities;
  return images.map((_, i) => {
    const row = data.subarray(i * CLASSES, (i + 1) * CLASSES);
    return row.indexOf(Math.max(...row));
  });
}

/** Waits past the deadline in half of the requests; an abort ends the wait. */
async function perhapsLate(env: SolverEnv): Promise<void> {
  if (env.random() < 0.5)
    await setTimeout(TIMEOUT_MS + LATE_BY_MS, undefined, { signal: env.signal }).catch(() => undefined);
}

/** The reference miner: the best of the networks. */
export const solvers = withModel(modelFiles.large);

/** The model files the reference miner needs. */
export const models = [modelFiles.large];

const medium = withModel(modelFiles.medium);

/** The cast of the local network. */
export const variants = defineVariants<typeof subnet>({
  large: { label: "mlp-large", models, solvers },
  medium: { label: "mlp-medium", models: [modelFiles.medium], solvers: medium },
  small: { label: "mlp-small", models: [modelFiles.small], solvers: withModel(modelFiles.small) },
  guesser: {
    label: "guesser",
    solvers: defineSolvers<typeof subnet>({
      classify: ({ images }, env) => ({ labels: images.map(() => randomInt(() => env.random(), CLASSES)) }),
    }),
  },
  late: {
    label: "late half the time",
    models: [modelFiles.medium],
    solvers: defineSolvers<typeof subnet>({
      classify: async (request, env) => {
        await perhapsLate(env);
        return medium.classify(request, env);
      },
    }),
  },
});
