import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  createScoreEnv,
  makeChallenge,
  type Model,
  type QueryOutcome,
  scoreReplies,
  type SolverEnv,
} from "@subnetkit/shared/subnet";
import { checkSubnet } from "@subnetkit/shared/subnet/conformance";
import { loadVariants } from "@subnetkit/shared/subnet/load";
import { augment, challengeDistortion } from "@subnetkit/subnets/digits/augment";
import { digitSplit } from "@subnetkit/subnets/digits/dataset";
import { BATCH, classify, subnet, TIMEOUT_MS } from "@subnetkit/subnets/digits/index";
import { modelFiles, solvers, variants } from "@subnetkit/subnets/digits/solve";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openOnnx } from "./onnx-model.ts";

const folder = new URL("../../../subnets/src/digits/", import.meta.url);
const pathOf = (file: string): string => fileURLToPath(new URL(file, folder));

const models = new Map<string, Model>();
beforeAll(async () => {
  for (const file of Object.values(modelFiles)) models.set(file, await openOnnx(pathOf(file)));
});
afterAll(async () => {
  for (const model of models.values()) await model.close();
});

async function model(path: string): Promise<Model> {
  const found = models.get(path);
  if (found === undefined) throw new Error(`no model ${path}`);
  return found;
}

const textModel: SolverEnv["textModel"] = (path) => Promise.reject(new Error(`no text model ${path}`));

const env = (round: number) => createScoreEnv({ block: 100 + round, seed: `digits test ${round}` });

/** What a variant answers when its random source gives `number` every time. */
async function answerOf(variant: string, requestJson: string, number = 0.99): Promise<unknown> {
  const solverEnv: SolverEnv = {
    model,
    textModel,
    signal: new AbortController().signal,
    random: () => number,
    validator: { hotkey: "5", stakeRao: 0n },
  };
  return variants[variant]!.solvers.classify(classify.request.parse(JSON.parse(requestJson)), solverEnv);
}

describe("the data set", () => {
  it("has the 1,797 images of scikit-learn in two parts with the same share of every digit", () => {
    const { train, heldOut } = digitSplit();
    expect(train.length + heldOut.length).toBe(1797);
    for (let label = 0; label < 10; label++) {
      const held = heldOut.filter((digit) => digit.label === label).length;
      const all = held + train.filter((digit) => digit.label === label).length;
      expect(held).toBe(Math.round(all * 0.3));
    }
    expect(Math.max(...train.flatMap(({ pixels }) => [...pixels]))).toBe(16);
  });

  it("shares no image between the parts", () => {
    const { train, heldOut } = digitSplit();
    const known = new Set(train.map(({ pixels }) => pixels.join()));
    expect(heldOut.filter(({ pixels }) => known.has(pixels.join()))).toEqual([]);
  });
});

describe("augment", () => {
  const none = { halfTangent: 0, scale: 0, shift: 0, contrast: 0, noise: 0 };
  const image = digitSplit().heldOut[0]!.pixels;

  it("leaves an image alone when no distortion is allowed", () => {
    expect(augment(image, () => 0.3, none)).toEqual(Array.from(image, (value) => Math.round((value / 16) * 255)));
  });

  it("shifts by whole pixels exactly", () => {
    const shifted = augment(image, () => 1, { ...none, shift: 1 });
    expect(shifted[9]).toBe(Math.round((image[0]! / 16) * 255));
    expect(shifted.slice(0, 8)).toEqual(new Array(8).fill(0));
  });

  it("draws different images from one, within 0 to 255", () => {
    const one = augment(image, env(1).random, challengeDistortion);
    const other = augment(image, env(2).random, challengeDistortion);
    expect(one).not.toEqual(other);
    for (const value of one) expect(Number.isInteger(value) && value >= 0 && value <= 255).toBe(true);
  });
});

describe("the challenge", () => {
  it("replays bit for bit from its seed: a known answer", async () => {
    const made = await makeChallenge(classify, createScoreEnv({ block: 1, seed: "known answer" }));
    expect(createHash("sha256").update(made.requestJson).digest("hex")).toBe(
      "a1dfcae48dc0500211bc14eb562b6903b69d951c7e2d0661363d3008edb099fc",
    );
    expect((made.challenge.key as number[]).join("")).toBe("41800151604410847565679221346719");
  });

  it("draws only from the held-out part", async () => {
    const counts = new Array<number>(10).fill(0);
    for (let round = 0; round < 30; round++) {
      const { challenge } = await makeChallenge(classify, env(round));
      for (const label of challenge.key as number[]) counts[label]!++;
    }
    expect(Math.min(...counts)).toBeGreaterThan(50);
  });
});

describe("the score", () => {
  const challenge = { request: { images: [] }, key: Array.from({ length: BATCH }, (_, i) => i % 10) };
  const scoreOf = (labels: unknown, latencyMs = 1): number => {
    const outcome: QueryOutcome = { kind: "answered", uid: 1, body: { labels }, latencyMs };
    return scoreReplies(classify, challenge, [outcome], env(0)).scores[0]!.score;
  };

  it("is 1 for every label right and fast, 0.9 of it at the timeout, 0 for one constant label", () => {
    expect(scoreOf(challenge.key)).toBeCloseTo(1, 12);
    expect(scoreOf(challenge.key, TIMEOUT_MS / 3)).toBeCloseTo(1, 12);
    expect(scoreOf(challenge.key, TIMEOUT_MS)).toBeCloseTo(0.9, 12);
    expect(scoreOf(challenge.key.map(() => 9))).toBe(0);
  });

  it("is 0 for too few labels, too many, and labels that are no digits", () => {
    expect(scoreOf(challenge.key.slice(1))).toBe(0);
    expect(scoreOf([...challenge.key, 1])).toBe(0);
    expect(scoreOf(challenge.key.map(() => 10))).toBe(0);
    expect(scoreOf("0123")).toBe(0);
  });
});

describe("the miners of the local network", () => {
  it("pass the conformance kit with the reference solver", async () => {
    const [report] = await checkSubnet(subnet, solvers, { challenges: 10, model });
    expect(report?.honestScore).toBeGreaterThan(0.9);
    expect(report?.replyChars).toBeLessThan(100);
  });

  it("have variants and model files for every name, in the order of their quality", async () => {
    const table = await loadVariants(pathOf("solve.ts"), subnet);
    expect(subnet.local.miners.map((miner) => miner.label)).toEqual([
      "mlp-large",
      "mlp-medium",
      "mlp-small",
      "guesser",
      "late half the time",
      "offline",
    ]);
    for (const variant of table.values())
      for (const file of variant.models ?? []) expect(readFileSync(pathOf(String(file))).length).toBeGreaterThan(1000);
  });

  it("score large > medium > small > guesser in every window of five rounds, far enough apart", async () => {
    const random = env(77).random;
    const names = ["large", "medium", "small", "guesser"] as const;
    for (let window = 0; window < 6; window++) {
      const sums = new Map<string, number>(names.map((name) => [name, 0]));
      for (let round = 0; round < 5; round++) {
        const at = env(window * 5 + round);
        const made = await makeChallenge(classify, at);
        const outcomes: QueryOutcome[] = [];
        for (const [uid, name] of names.entries()) {
          const request = classify.request.parse(JSON.parse(made.requestJson));
          const solverEnv: SolverEnv = {
            model,
            textModel,
            signal: new AbortController().signal,
            random,
            validator: { hotkey: "5", stakeRao: 0n },
          };
          outcomes.push({
            kind: "answered",
            uid,
            body: await variants[name]!.solvers.classify(request, solverEnv),
            latencyMs: 20,
          });
        }
        for (const { uid, score } of scoreReplies(classify, made.challenge, outcomes, at).scores)
          sums.set(names[uid]!, sums.get(names[uid]!)! + score / 5);
      }
      const [large, medium, small, guesser] = names.map((name) => sums.get(name)!);
      expect(large! - medium!).toBeGreaterThan(0.03);
      expect(medium! - small!).toBeGreaterThan(0.03);
      expect(small! - guesser!).toBeGreaterThan(0.2);
    }
  });

  it("late: answers at once or after the deadline, and gives up waiting when the miner stops", async () => {
    const made = await makeChallenge(classify, env(1));
    expect(await answerOf("late", made.requestJson, 0.5)).toEqual(await answerOf("medium", made.requestJson));
    const stop = new AbortController();
    const request = classify.request.parse(JSON.parse(made.requestJson));
    const waiting = variants["late"]!.solvers.classify(request, {
      model,
      textModel,
      signal: stop.signal,
      random: () => 0.49,
      validator: { hotkey: "5", stakeRao: 0n },
    });
    const first = await Promise.race([waiting, new Promise((resolve) => setImmediate(() => resolve("still waiting")))]);
    expect(first).toBe("still waiting");
    stop.abort();
    expect(await waiting).toEqual(await answerOf("medium", made.requestJson));
  });
});
