import { halfToFloat } from "@subnetkit/miner/runtime/transformers/half";
import { chooseToken, type Sampling } from "@subnetkit/miner/runtime/transformers/sampler";
import { createStopWatch, createTextStream } from "@subnetkit/miner/runtime/transformers/text-stream";
import { createRandom } from "@subnetkit/shared/subnet/random";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const plain: Sampling = { temperature: 1, topP: 1, topK: 0, repetitionPenalty: 1 };
const logits = () => Float32Array.of(0, Math.log(2), Math.log(4), Math.log(1), Number.NEGATIVE_INFINITY);

/** How often each token is drawn, of 20,000. */
function draws(sampling: Partial<Sampling>, seen: readonly number[] = []): number[] {
  const { next } = createRandom("draws");
  const counts = [0, 0, 0, 0, 0];
  for (let i = 0; i < 20_000; i++) {
    const id = chooseToken(logits(), seen, { ...plain, ...sampling }, next);
    counts[id] = (counts[id] as number) + 1;
  }
  return counts.map((count) => Math.round(count / 200) / 100);
}

describe("chooseToken", () => {
  test("takes the likeliest at temperature 0, the first of equals, and asks for no random number", () => {
    const none = () => {
      throw new Error("must not be asked");
    };
    expect(chooseToken(logits(), [], { ...plain, temperature: 0 }, none)).toBe(2);
    expect(chooseToken(Float32Array.of(Number.NaN, 1, 3, 3), [], { ...plain, temperature: 0 }, none)).toBe(2);
  });

  test("draws in proportion to the probabilities, which temperature flattens", () => {
    for (const [i, share] of [0.125, 0.25, 0.5, 0.125, 0].entries()) expect(draws({})[i]).toBeCloseTo(share, 1);
    const flat = draws({ temperature: 2 });
    expect((flat[2] as number) / (flat[0] as number)).toBeCloseTo(2, 0);
  });

  test("draws only from the likeliest: by number, and by the probability they have together", () => {
    expect(draws({ topK: 1 })).toEqual([0, 0, 1, 0, 0]);
    expect(draws({ topK: 2 }).map((share) => share > 0)).toEqual([false, true, true, false, false]);
    expect(draws({ topP: 0.4 })).toEqual([0, 0, 1, 0, 0]);
    expect(draws({ topP: 0.75 }).map((share) => share > 0)).toEqual([false, true, true, false, false]);
    expect(draws({ topP: 0.76 }).filter((share) => share > 0)).toHaveLength(3);
  });

  test("makes tokens less likely that are there already, whatever the sign of their logits", () => {
    const most = (penalty: number) =>
      chooseToken(
        Float32Array.of(2, 1.5, -1),
        [0, 0],
        { ...plain, temperature: 0, repetitionPenalty: penalty },
        () => 0,
      );
    expect([most(1), most(2)]).toEqual([0, 1]);
    const negative = Float32Array.of(-1, -1.5);
    expect(chooseToken(negative, [0], { ...plain, temperature: 0, repetitionPenalty: 2 }, () => 0)).toBe(1);
  });

  test("always gives a token that is there, for any logits and settings", () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 50 }),
        fc.record({
          temperature: fc.double({ min: 0.01, max: 5, noNaN: true }),
          topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
          topK: fc.integer({ min: 0, max: 60 }),
          repetitionPenalty: fc.double({ min: 0.5, max: 2, noNaN: true }),
        }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (values, sampling, random) => {
          const id = chooseToken(Float32Array.from(values), [0], sampling, () => random);
          expect(id).toBeGreaterThanOrEqual(0);
          expect(id).toBeLessThan(values.length);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("createTextStream", () => {
  const decode = (ids: number[]): string => Buffer.from(ids).toString("utf8");

  test("gives whole characters, and together exactly the text of all tokens", () => {
    // What stands for a broken character may stand in a text as itself.
    const whole = fc.string({ unit: "grapheme", maxLength: 30 }).filter((text) => !text.includes("\ufffd"));
    fc.assert(
      fc.property(whole, (text) => {
        const stream = createTextStream(decode, [...Buffer.from("the prompt")]);
        const pieces = [...Buffer.from(text)].map((id) => stream.push(id));
        expect(pieces.join("") + stream.flush()).toBe(text);
        for (const piece of pieces) expect(piece).not.toContain("\ufffd");
      }),
      { numRuns: 200 },
    );
  });

  test("does not wait for ever for the rest of a broken character", () => {
    const stream = createTextStream(decode, []);
    const pieces = Array.from({ length: 20 }, () => stream.push(0xff));
    expect(pieces.filter((piece) => piece !== "").length).toBeGreaterThan(0);
    expect((pieces.join("") + stream.flush()).length).toBe(20);
  });
});

describe("createStopWatch", () => {
  test("cuts before the first stop text and never gives out a part of it, however the text comes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "b", "ab", "aab", "ba"), { maxLength: 12 }),
        fc.array(fc.constantFrom("ab", "aba", "bb", "aaab"), { minLength: 1, maxLength: 2 }),
        (pieces, stops) => {
          const watch = createStopWatch(stops);
          let out = "";
          let stopped = false;
          for (const piece of pieces) {
            const found = watch.push(piece);
            out += found.text;
            stopped = found.stopped;
            if (stopped) break;
          }
          if (!stopped) out += watch.flush();
          const whole = pieces.join("");
          const firsts = stops.map((stop) => whole.indexOf(stop)).filter((at) => at >= 0);
          expect(stopped).toBe(firsts.length > 0);
          if (!stopped) expect(out).toBe(whole);
          else for (const stop of stops) expect(out).not.toContain(stop);
          expect(whole.startsWith(out)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});

test("reads half-precision numbers", () => {
  const bits = Uint16Array.of(0x0000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0xfc00);
  expect([...halfToFloat(bits)]).toEqual([0, 1, -2, 65_504, 2 ** -24, Infinity, -Infinity]);
  expect(halfToFloat(Uint16Array.of(0x7e00))[0]).toBeNaN();
});
