/** Which calls and errors the files here exercise: read from their `covers` lines, which the files themselves prove when they run. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runtimePallets } from "../../../chain/src/node/runtime/index.ts";
import { notBuilt } from "../../../chain/src/node/runtime/not-built.ts";
import { palletSpecs } from "../../../chain/src/spec/pallets.ts";
import { adminClaims } from "./admin-settings.ts";
import { qualified } from "./coverage.ts";
import { unreachableErrors } from "./unreachable-errors.ts";

const PALLETS = [
  "SubtensorModule",
  "AdminUtils",
  "Balances",
  "Commitments",
  "Drand",
  "Swap",
  "Sudo",
  "Utility",
  "Proxy",
  "Multisig",
  "Scheduler",
  "Preimage",
  "Crowdloan",
  "System",
  "Timestamp",
  "SafeMode",
  "EVM",
  "Ethereum",
  "Contracts",
  "MevShield",
];

/** Calls and errors that every file claims: `covers("Pallet.call", "Error", ...)` and `coversErrors(...)`, literals only. */
function claims(): { calls: Set<string>; errors: Set<string> } {
  const calls = new Set<string>();
  const errors = new Set<string>();
  const claim = (call: string, of: readonly string[]): void => {
    calls.add(call);
    for (const error of of) errors.add(qualified(call, error));
  };
  const folder = new URL(".", import.meta.url);
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".test.ts"))) {
    const source = readFileSync(new URL(file, folder), "utf8");
    for (const [, list = ""] of source.matchAll(/^\s*covers(?:Errors)?\(\s*("[^)]*)\)/gm)) {
      const [call = "", ...of] = [...list.matchAll(/"([^"]+)"/g)].map(([, text = ""]) => text);
      claim(call, of);
    }
  }
  for (const [call, of] of adminClaims()) claim(call, of);
  return { calls, errors };
}

const { calls, errors } = claims();
const spec = (name: string) => {
  const found = palletSpecs.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no pallet ${name}`);
  return found;
};
/** Calls of a pallet that do something. */
const built = (name: string): string[] => {
  const pallet = runtimePallets.find((one) => one.spec.name === name);
  return Object.keys(spec(name).calls)
    .filter((call) => pallet?.calls[call] !== undefined)
    .map((call) => `${name}.${call}`)
    .filter((call) => !notBuilt.includes(call));
};

describe.each(PALLETS)("%s", (name) => {
  it("has every call that is built exercised", () => {
    expect(built(name).filter((call) => !calls.has(call))).toEqual([]);
  });

  it("has every error met or explained", () => {
    const all = spec(name).errors.map((error) => `${name}.${error}`);
    const explained = new Set(Object.keys(unreachableErrors));
    expect(all.filter((error) => !errors.has(error) && !explained.has(error))).toEqual([]);
    expect(
      all.filter((error) => errors.has(error) && explained.has(error)),
      "explained as unreachable, and met",
    ).toEqual([]);
  });
});

it("claims nothing that is not in the tables", () => {
  const known = new Set(palletSpecs.flatMap((one) => Object.keys(one.calls).map((call) => `${one.name}.${call}`)));
  expect([...calls].filter((call) => !known.has(call))).toEqual([]);
  const knownErrors = new Set(palletSpecs.flatMap((one) => one.errors.map((error) => `${one.name}.${error}`)));
  const own = [...errors].filter((error) => PALLETS.includes(error.slice(0, error.indexOf("."))));
  expect(own.filter((error) => !knownErrors.has(error))).toEqual([]);
  expect(Object.keys(unreachableErrors).filter((error) => !knownErrors.has(error))).toEqual([]);
});

it("prints the figures", () => {
  const rows = PALLETS.map((name) => {
    const all = spec(name).errors.map((error) => `${name}.${error}`);
    const done = built(name);
    const met = all.filter((error) => errors.has(error)).length;
    const total = Object.keys(spec(name).calls).length;
    return `${name}: calls ${done.filter((call) => calls.has(call)).length} of ${done.length} built (${total} in the table), errors ${met} of ${all.length}`;
  });
  process.stdout.write(`${rows.join("\n")}\n`);
  expect(rows).toHaveLength(PALLETS.length);
});
