/**
 * The pallet tables against the metadata of the real network (finney, spec 424, V16, documentation removed). What this chain has must be there with
 * the same index, shape and default; what it leaves out is counted, not compared.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { unifyMetadata, decAnyMetadata } from "@polkadot-api/substrate-bindings";
import { describe, expect, it } from "vitest";
import { palletSpecs } from "../../chain/src/spec/pallets.ts";
import { buildMetadata } from "../../chain/src/node/metadata/metadata.ts";
import { createRuntime } from "../../chain/src/node/runtime/runtime.ts";
import { nodeApis } from "../../chain/src/node/runtime/node-apis.ts";
import { runtimePallets } from "../../chain/src/node/runtime/index.ts";

/** Metadata of another runtime may be given instead: `.scale`, or `.scale.gz`. */
const vector =
  process.env["SUBNETKIT_TEST_METADATA"] ??
  fileURLToPath(new URL("../vectors/subtensor-424.scale.gz", import.meta.url));
const bytesOf = (file: string): Buffer => (file.endsWith(".gz") ? gunzipSync(readFileSync(file)) : readFileSync(file));
type Metadata = ReturnType<typeof unifyMetadata>;

/** Defaults that differ on purpose: this chain plays the fast runtime with the faucet feature (spec/subtensor-interface.md 1.1), finney does not. */
const fastRuntime: Readonly<Record<string, readonly [ours: string, finney: string]>> = {
  "SubtensorModule.ColdkeySwapAnnouncementDelay": ["0x32000000", "0xa08c0000"],
  "SubtensorModule.ColdkeySwapReannouncementDelay": ["0x0a000000", "0x201c0000"],
  "SubtensorModule.NetworkRateLimit": ["0x0000000000000000", "0x201c000000000000"],
  "SubtensorModule.Tempo": ["0x0a00", "0x6801"],
  "SubtensorModule.MaxEpochsPerBlock": ["0x20", "0x02"],
  "SubtensorModule.TxChildkeyTakeRateLimit": ["0x0500000000000000", "0xc04b030000000000"],
  "SubtensorModule.PendingChildKeyCooldown": ["0x0f00000000000000", "0x201c000000000000"],
};

/** Constants of the fast runtime, and finney's. */
const fastConstants: Readonly<Record<string, readonly [ours: string, finney: string]>> = {
  "Timestamp.MinimumPeriod": ["0x7d00000000000000", "0x7017000000000000"],
  "Aura.SlotDuration": ["0xfa00000000000000", "0xe02e000000000000"],
  "SubtensorModule.InitialTempo": ["0x0a00", "0x6801"],
  "SubtensorModule.InitialTxChildKeyTakeRateLimit": ["0x0500000000000000", "0xc04b030000000000"],
  "SubtensorModule.InitialNetworkRateLimit": ["0x0000000000000000", "0x201c000000000000"],
  "SubtensorModule.InitialColdkeySwapAnnouncementDelay": ["0x32000000", "0xa08c0000"],
  "SubtensorModule.InitialColdkeySwapReannouncementDelay": ["0x0a000000", "0x201c0000"],
  "SubtensorModule.HotkeySwapOnSubnetInterval": ["0x0100000000000000", "0x201c000000000000"],
  "SubtensorModule.InitialMaxEpochsPerBlock": ["0x20", "0x02"],
  "Crowdloan.MinimumBlockDuration": ["0x32000000", "0xe0c40000"],
  "Crowdloan.MaximumBlockDuration": ["0x204e0000", "0x80970600"],
};

const runtime = createRuntime(
  runtimePallets,
  nodeApis({
    metadata: () => undefined,
    version: () => runtime.version,
    genesisHash: () => "0x",
    executionOn: () => undefined,
    genesisDocuments: () => Promise.reject(new Error("no API is called here")),
  }),
);
const source = buildMetadata(palletSpecs, runtime);
const decode = (bytes: Uint8Array): Metadata => unifyMetadata(decAnyMetadata(bytes));
const ours = decode(source(16) ?? new Uint8Array());

describe("metadata versions", () => {
  it.each([14, 15, 16])("decodes as V%i with the same pallets", (version) => {
    const decoded = decode(source(version) ?? new Uint8Array());
    expect(decoded.pallets.map((pallet) => pallet.name)).toEqual(palletSpecs.map((spec) => spec.name));
    expect(extensionsOf(decoded)).toHaveLength(13);
  });
});

describe.skipIf(!existsSync(vector))(
  existsSync(vector) ? "against the metadata of spec 424" : `skipped: ${vector} is not here`,
  () => {
    const real = decode(new Uint8Array(bytesOf(vector)));
    const realPallet = (name: string): Metadata["pallets"][number] => {
      const found = real.pallets.find((pallet) => pallet.name === name);
      if (found === undefined) throw new Error(`no pallet ${name} in the real metadata`);
      return found;
    };

    it("lists the thirteen extensions in the real order with the real shapes", () => {
      const shapes = (of: Metadata): unknown[] =>
        extensionsOf(of).map((one) => [one.identifier, shape(of, one.type), shape(of, one.additionalSigned)]);
      expect(shapes(ours)).toEqual(shapes(real));
    });

    describe.each(palletSpecs.map((spec) => spec.name))("%s", (name) => {
      const mine = ours.pallets.find((pallet) => pallet.name === name) as Metadata["pallets"][number];
      const theirs = realPallet(name);

      it("has the real index", () => {
        expect(mine.index).toBe(theirs.index);
      });

      it.each(["calls", "events", "errors"] as const)("has the real %s", (kind) => {
        const real_ = variants(real, theirs[kind]?.type);
        const wrong = Object.entries(variants(ours, mine[kind]?.type)).filter(([item, text]) => real_[item] !== text);
        expect(wrong.map(([item, text]) => `${item}: ${text} but is ${real_[item]}`)).toEqual([]);
      });

      it("has the real storage shapes and defaults", () => {
        const items = new Map((theirs.storage?.items ?? []).map((item) => [item.name, item]));
        const wrong: string[] = [];
        for (const item of mine.storage?.items ?? []) {
          const other = items.get(item.name);
          const mineText = storageText(ours, item);
          const [fast, finney] = fastRuntime[`${name}.${item.name}`] ?? [];
          const realText = other === undefined ? "absent" : storageText(real, other);
          const theirText = fast === undefined || finney === undefined ? realText : realText.replace(finney, fast);
          if (mineText !== theirText) wrong.push(`${item.name}:\n  ${mineText}\n  ${theirText}`);
        }
        expect(wrong).toEqual([]);
      });

      it("has constants of the real types and values", () => {
        const text = (of: Metadata, item: (typeof mine.constants)[number]): string =>
          `${shape(of, item.type)} ${fastConstants[`${name}.${item.name}`]?.[of === real ? 1 : 0] === item.value ? "as known" : item.value}`;
        const items = new Map(theirs.constants.map((item) => [item.name, text(real, item)]));
        const wrong = mine.constants
          .map((item) => [item.name, text(ours, item), items.get(item.name)])
          .filter(([, here, there]) => here !== there);
        expect(wrong).toEqual([]);
      });
    });

    it("has the real pallets in the real order, and the real runtime APIs in their versions", () => {
      expect(ours.pallets.map(({ name, index }) => [name, index])).toEqual(
        real.pallets.map(({ name, index }) => [name, index]),
      );
      const versions = (of: Metadata): [string, unknown][] =>
        of.apis.map((api): [string, unknown] => [api.name, "version" in api ? api.version : undefined]).sort();
      expect(versions(ours)).toEqual(versions(real));
    });

    it("has runtime APIs of the real signatures", () => {
      const signatures = (of: Metadata): Map<string, string> =>
        new Map(
          of.apis.flatMap((api) =>
            api.methods.map((method): [string, string] => [
              `${api.name}_${method.name}`,
              `(${method.inputs.map((input) => `${input.name}: ${shape(of, input.type)}`).join(", ")}) ${shape(of, method.output)}`,
            ]),
          ),
        );
      const realOnes = signatures(real);
      const wrong = [...signatures(ours)]
        .filter(([name, text]) => realOnes.get(name) !== text)
        .map(([name, text]) => `${name}\n  ${text}\n  ${realOnes.get(name)}`);
      expect(wrong).toEqual([]);
    });

    it("leaves out only what it says, and tells how much that is", () => {
      const mine = new Set(itemsOf(ours));
      const theirs = itemsOf(real);
      const missing = theirs.filter((item) => !mine.has(item));
      const groups = new Map<string, number>();
      for (const item of missing) {
        const [kind = "", owner = ""] = item.split(" ");
        const group = kind === "api" ? `runtime API ${owner.split("_")[0]}` : `${owner.split(".")[0]} ${kind}s`;
        groups.set(group, (groups.get(group) ?? 0) + 1);
      }
      const percent = ((100 * (theirs.length - missing.length)) / theirs.length).toFixed(1);
      console.info(
        `metadata coverage: ${theirs.length - missing.length} of ${theirs.length} items (${percent} %); left out: ${[
          ...groups,
        ]
          .map(([group, count]) => `${group} ${count}`)
          .join(", ")}`,
      );
      expect([...groups.keys()].filter((group) => !leftOut.some((one) => group.startsWith(one)))).toEqual([]);
    });
  },
);

/** What this chain leaves out: nothing. What it has and does not do is listed in chain/README.md. */
const leftOut: readonly string[] = [];

/** Every call, event, error, storage item, constant and runtime API method, as one line of text each. */
function itemsOf(of: Metadata): string[] {
  const pallets = of.pallets.flatMap(({ name, calls, events, errors, storage, constants }) => [
    ...Object.keys(variants(of, calls?.type)).map((one) => `call ${name}.${one}`),
    ...Object.keys(variants(of, events?.type)).map((one) => `event ${name}.${one}`),
    ...Object.keys(variants(of, errors?.type)).map((one) => `error ${name}.${one}`),
    ...(storage?.items ?? []).map((item) => `item ${name}.${item.name}`),
    ...constants.map((item) => `constant ${name}.${item.name}`),
  ]);
  return [...pallets, ...of.apis.flatMap((api) => api.methods.map((method) => `api ${api.name}_${method.name}`))];
}

/** Extensions of version 0, the only one; keyed by version in the unified form. */
function extensionsOf(of: Metadata): readonly { identifier: string; type: number; additionalSigned: number }[] {
  return Object.values(of.extrinsic.signedExtensions)[0] ?? [];
}

type Item = NonNullable<Metadata["pallets"][number]["storage"]>["items"][number];

function storageText(of: Metadata, item: Item): string {
  const { type } = item;
  const kind =
    type.tag === "plain"
      ? shape(of, type.value)
      : `[${type.value.hashers.map((hasher) => hasher.tag).join()}] ${shape(of, type.value.key)} => ${shape(of, type.value.value)}`;
  return `${kind} ${item.modifier} ${item.fallback}`;
}

/** Variants of a call, event or error enum by name, as text. */
function variants(of: Metadata, id: number | undefined): Record<string, string> {
  const def = id === undefined ? undefined : of.lookup[id]?.def;
  if (def?.tag !== "variant") return {};
  return Object.fromEntries(
    def.value.map((one) => [
      one.name,
      `${one.index}(${one.fields.map((field) => `${field.name ?? ""}:${shape(of, field.type)}`).join(", ")})`,
    ]),
  );
}

/** Structure of a type without its numbers: two types of one shape encode alike. Calls and events count as themselves: each chain has its own. */
function shape(of: Metadata, id: number, depth = 0): string {
  const type = of.lookup[id];
  if (type === undefined || depth > 12) return "?";
  const path = type.path.join("::");
  if (/::(RuntimeCall|RuntimeEvent|OriginCaller|Public|Signature)$/.test(path)) return path.replace(/^.*::/, "");
  const inner = (one: number): string => shape(of, one, depth + 1);
  const { def } = type;
  switch (def.tag) {
    case "primitive":
      return def.value.tag;
    case "compact":
      return `Compact<${inner(def.value)}>`;
    case "sequence":
      return `Vec<${inner(def.value)}>`;
    case "array":
      return `[${inner(def.value.type)}; ${def.value.len}]`;
    case "tuple":
      return `(${def.value.map(inner).join(", ")})`;
    case "composite":
      return `${path}{${def.value.map((field) => `${field.name ?? ""}:${inner(field.type)}`).join(", ")}}`;
    case "variant":
      return `${path}<${def.value
        .map(
          (one) =>
            `${one.index}${one.name}(${one.fields.map((field) => `${field.name ?? ""}:${inner(field.type)}`).join(", ")})`,
        )
        .sort()
        .join("|")}>`;
    default:
      return def.tag;
  }
}
