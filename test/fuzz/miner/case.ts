import { axonMessage } from "@subnetkit/shared/protocol/axon/dialect";
import { emptyBodyHash } from "@subnetkit/shared/protocol/axon/body-hash";
import { axonHeaders } from "@subnetkit/shared/protocol/axon/headers";
import { signRequest } from "@subnetkit/shared/protocol/btauth";
import { signEpistula } from "@subnetkit/shared/protocol/epistula/epistula";
import { nextNonceNs } from "@subnetkit/shared/protocol/nonce";
import { createRandom, type RandomSource } from "@subnetkit/shared/subnet/random";
import { miner, rival, stranger, validator } from "../../unit/miner/attacks/support.ts";

/** A request before it is made into text. */
export type Draft = { method: string; path: string; headers: [string, string][]; body: Buffer; chunked: boolean };

/** One case: its text, and what may become of it. */
export type FuzzCase = {
  readonly text: Buffer;
  /** Whether its framing is whole, so that another request can follow on the same connection. */
  readonly framed: boolean;
  /** `must`: nothing was changed, a permitted caller signed it. `may`: only what no signature covers was changed. `mustNot`: everything else. */
  readonly acceptance: "must" | "may" | "mustNot";
  /** Names of what was done, for the report. */
  readonly story: readonly string[];
  /** The text in the body that was signed, where the signature covers it: what an echo must give back. */
  readonly echo?: string;
  /** When it was signed, unix milliseconds: on a machine that is busy with other things it may be stale when the server gets to read it. */
  readonly signedAtMs: number;
};

/**
 * For so long a good request must be answered, milliseconds. On a busy machine more may pass before it is read: then it may be stale (the shortest window of
 * a dialect is 8 s), or its connection closed for being slow.
 */
export const freshMs = 4_000;

const dialects = ["btauth", "epistula", "axon"] as const;
type DialectName = (typeof dialects)[number];

/** Paths that anybody may GET. */
const openPaths = ["/", "/health", "/v1/tasks", "/openapi.json"];

/** A signed request that nobody has touched yet. */
export type SignedDraft = { readonly dialect: DialectName; readonly permitted: boolean; readonly draft: Draft };

/** What became of it, and what may become of it now. */
export type Mutated = Pick<FuzzCase, "acceptance" | "story"> & { readonly draft: Draft };

/** Signs a request in one of the dialects, mostly as it should be. */
export function signAny(random: RandomSource): SignedDraft {
  const dialect = anyOf(dialects, random);
  const sender = random() < 0.9 ? anyOf([validator, rival], random) : anyOf([stranger, miner], random);
  const draft = signedDraft(dialect, sender, random);
  const odd = draft.headers.some(([name]) => name === oddMark);
  return { dialect, permitted: !odd && (sender === validator || sender === rival), draft };
}

/** Changes a copy of it in up to four ways. */
export function mutate({ dialect, permitted, draft: original }: SignedDraft, random: RandomSource): Mutated {
  const draft: Draft = { ...original, headers: original.headers.map(([name, value]) => [name, value]) };
  const story: string[] = [dialect];
  const count = random() < 0.15 ? 0 : 1 + Math.floor(random() ** 2 * 4);
  for (let i = 0; i < count; i++) {
    const [name, change] = anyOf(mutations, random);
    change(draft, random);
    story.push(name);
  }
  const untouched = fingerprint(dialect, original) === fingerprint(dialect, draft);
  return { draft, story, acceptance: !permitted || !untouched ? "mustNot" : count === 0 ? "must" : "may" };
}

/** Makes case `index` of a seed; the same but for clock and signature randomness whenever it is made. */
export function fuzzCase(seed: string, index: number): FuzzCase {
  const random = createRandom(`${seed}/${index}`).next;
  const signedAtMs = Date.now();
  const signed = signAny(random);
  const { draft, story, acceptance } = mutate(signed, random);
  const text = textOf(draft);
  if (random() > 0.08) return { text, framed: draft.method !== "HEAD", acceptance, story, signedAtMs };
  const bytes = mutateBytes(text, random);
  return {
    text: bytes,
    framed: false,
    acceptance: signed.permitted && (acceptance !== "mustNot" || isAgainAsSigned(signed, bytes)) ? "may" : "mustNot",
    story: [...story, "bytes"],
    signedAtMs,
    ...(covered[signed.dialect].body ? { echo: signed.draft.body.toString("utf8") } : {}),
  };
}

/** Changed bytes may undo what was changed before: a second nonce under another name is no nonce. */
function isAgainAsSigned({ dialect, draft }: SignedDraft, text: Buffer): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const [start = "", ...lines] = text.toString("latin1", 0, end).split("\r\n");
  const [method = "", path = ""] = start.split(" ");
  const names = new Set(draft.headers.map(([name]) => name.toLowerCase()));
  const headers = lines
    .map((line): [string, string] => [line.split(":", 1)[0]?.toLowerCase() ?? "", line.slice(line.indexOf(":") + 1)])
    .filter(([name]) => names.has(name));
  // Whether the body is the one that was signed shows in what is given back.
  return fingerprint(dialect, { ...draft, method, path, headers }) === fingerprint(dialect, draft);
}

/** True for what is answered with 200 without any signature. */
export function isOpen(text: Buffer): boolean {
  const [method, path] = text.toString("latin1", 0, 4_096).split("\r\n", 1)[0]?.split(" ") ?? [];
  return (method === "GET" || method === "HEAD") && openPaths.includes(path?.split("?")[0] ?? "");
}

function signedDraft(dialect: DialectName, keypair: typeof validator, random: RandomSource): Draft {
  const words = Array.from({ length: Math.floor(random() ** 3 * 60) }, () => Math.floor(random() * 1e9).toString(36));
  const body = Buffer.from(JSON.stringify({ text: words.join(" ") }));
  // A twentieth is signed too early, too late, or for somebody else.
  const odd = random() < 0.05;
  const receiver = odd && random() < 0.3 ? stranger.address : miner.address;
  const shiftMs = odd && receiver === miner.address ? (random() < 0.5 ? -60_000 : 60_000) : 0;
  const draft = (path: string, headers: Record<string, string>): Draft => ({
    method: "POST",
    path,
    body,
    chunked: random() < 0.1,
    headers: [["host", "x"], ["content-type", "application/json"], ...Object.entries(headers)],
  });
  const nonceNs = nextNonceNs() + BigInt(shiftMs) * 1_000_000n;
  if (dialect === "btauth") {
    const path = "/v1/tasks/echo";
    return oddly(odd, draft(path, signRequest({ method: "POST", target: path, body, keypair, receiver, nonceNs })));
  }
  if (dialect === "epistula") {
    const timestampMs = Date.now() + shiftMs;
    return oddly(odd, draft("/v1/tasks/echo", signEpistula({ body, keypair, receiver, timestampMs }).headers));
  }
  const uuid = crypto.randomUUID();
  const message = axonMessage({
    nonce: nonceNs,
    dendrite: keypair.address,
    axon: receiver,
    uuid,
    bodyHash: emptyBodyHash,
  });
  return oddly(
    odd,
    draft("/Echo", {
      [axonHeaders.name]: "Echo",
      [axonHeaders.timeout]: "5.0",
      [axonHeaders.axonHotkey]: receiver,
      [axonHeaders.dendriteHotkey]: keypair.address,
      [axonHeaders.dendriteNonce]: nonceNs.toString(),
      [axonHeaders.dendriteUuid]: uuid,
      [axonHeaders.bodyHash]: emptyBodyHash,
      [axonHeaders.dendriteSignature]: `0x${Buffer.from(keypair.sign(message)).toString("hex")}`,
    }),
  );
}

/** A header that changes nothing marks what was signed wrongly on purpose, for whoever judges the answer. */
function oddly(odd: boolean, draft: Draft): Draft {
  if (odd) draft.headers.push([oddMark, "1"]);
  return draft;
}
const oddMark = "x-signed-oddly";

/** Headers that a dialect's signature covers or that decide how it is checked, and what else it covers. */
const covered: Readonly<
  Record<DialectName, { readonly prefixes: readonly string[]; readonly body: boolean; readonly path: boolean }>
> = {
  btauth: { prefixes: ["x-bittensor-"], body: true, path: true },
  epistula: { prefixes: ["epistula-"], body: true, path: false },
  axon: {
    prefixes: [axonHeaders.axonHotkey, "bt_header_dendrite_", axonHeaders.bodyHash],
    body: false,
    path: false,
  },
};

/** Equal for two drafts exactly when whoever signed the one has signed the other. */
function fingerprint(dialect: DialectName, { method, path, headers, body }: Draft): string {
  const { prefixes, body: coversBody, path: coversPath } = covered[dialect];
  const values = headers
    .map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
    .filter(
      ([name, value]) =>
        prefixes.some((prefix) => name.startsWith(prefix)) && !(name === "x-bittensor-crypto" && value === "sr25519"),
    )
    // Hex in either case is the same signature for SDK 10 and Epistula.
    .map(([name, value]) =>
      dialect !== "btauth" && name.endsWith("signature") ? [name, value.toLowerCase()] : [name, value],
    )
    .sort();
  return JSON.stringify([values, coversBody ? body.toString("latin1") : "", coversPath ? [method, path] : ""]);
}

type Mutation = readonly [name: string, mutate: (draft: Draft, random: RandomSource) => void];

const anyOf = <T>(items: readonly T[], random: RandomSource): T => items[Math.floor(random() * items.length)] as T;

/** Text a header may carry without breaking the framing: printable, and bytes above 127. */
function noise(length: number, random: RandomSource): string {
  return Array.from({ length }, () => String.fromCharCode(33 + Math.floor(random() * 222)))
    .join("")
    .replace(/\x7f/g, "~");
}

const telling = [
  "",
  "0",
  "-1",
  "1e999",
  "null",
  "[object Object]",
  "__proto__",
  "0x",
  "NaN",
  "\xff\xfe",
  "%00",
  "../..",
  "' or 1=1",
  "9".repeat(400),
];

const header =
  (change: (value: string, random: RandomSource) => string): Mutation[1] =>
  (draft, random) => {
    // Not the first: without a host nothing else is looked at.
    const at = 1 + Math.floor(random() * (draft.headers.length - 1));
    const entry = draft.headers[at];
    if (entry !== undefined) entry[1] = change(entry[1], random);
  };

const flipped = (text: string, random: RandomSource): string => {
  const at = Math.floor(random() * text.length);
  return text.slice(0, at) + noise(1, random) + text.slice(at + 1);
};

const mutations: readonly Mutation[] = [
  [
    "drop a header",
    (draft, random) => void draft.headers.splice(1 + Math.floor(random() * (draft.headers.length - 1)), 1),
  ],
  [
    "double a header",
    (draft, random) => {
      const [name, value] = anyOf(draft.headers.slice(1), random) ?? ["x", "y"];
      draft.headers.push([name, random() < 0.5 ? value : flipped(value, random)]);
    },
  ],
  ["flip a character", header(flipped)],
  ["cut a header", header((value, random) => value.slice(0, Math.floor(random() * value.length)))],
  ["lengthen a header", header((value, random) => value + noise(Math.floor(random() * 200), random))],
  ["a telling value", header((_value, random) => anyOf(telling, random))],
  ["a number", header((_value, random) => String(Math.floor(random() * 2 ** (random() * 64))))],
  ["upper case", header((value) => value.toUpperCase())],
  ["noise for a value", header((_value, random) => noise(Math.floor(random() * 300), random))],
  ["spaces around", header((value) => ` \t${value} `)],
  [
    "a header of noise",
    (draft, random) =>
      void draft.headers.push([`x-${Math.floor(random() * 1e6)}`, noise(Math.floor(random() * 100), random)]),
  ],
  [
    "many headers",
    (draft, random) => {
      const names = Math.floor(random() * 200);
      for (let i = 0; i < names; i++) draft.headers.push([`x${i}`, "1"]);
    },
  ],
  [
    "swap two values",
    (draft, random) => {
      const one = anyOf(draft.headers.slice(1), random);
      const two = anyOf(draft.headers.slice(1), random);
      if (one === undefined || two === undefined) return;
      [one[1], two[1]] = [two[1], one[1]];
    },
  ],
  [
    "another dialect's header",
    (draft, random) =>
      void draft.headers.push([
        anyOf(
          [
            "x-bittensor-hotkey",
            "epistula-signed-by",
            "bt_header_dendrite_hotkey",
            "x-bittensor-crypto",
            "epistula-version",
          ],
          random,
        ),
        anyOf([validator.address, rival.address, stranger.address, "sr25519", "ed25519", "2", "1"], random),
      ]),
  ],
  [
    "another path",
    (draft, random) => {
      draft.path = anyOf(
        [
          "/",
          "/v1/tasks/echo?x=1",
          "/v1/tasks/none",
          "/Synapse",
          "/Echo",
          "/%2e%2e",
          "/v1/tasks/%65cho",
          "/health",
          "//",
          "/v1/tasks/" + "a".repeat(90),
        ],
        random,
      );
    },
  ],
  [
    "another method",
    (draft, random) => {
      draft.method = anyOf(["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD"], random);
    },
  ],
  [
    "flip a byte of the body",
    (draft, random) => {
      if (draft.body.length === 0) return;
      draft.body = Buffer.from(draft.body);
      draft.body[Math.floor(random() * draft.body.length)] = Math.floor(random() * 256);
    },
  ],
  [
    "a body of noise",
    (draft, random) => {
      draft.body = Buffer.from(noise(Math.floor(random() * 2_000), random), "latin1");
    },
  ],
  [
    "a nested body",
    (draft, random) => {
      draft.body = Buffer.from(anyOf(["[", '{"a":', '{"text":['], random).repeat(Math.floor(random() * 5_000)));
    },
  ],
  [
    "an odd document",
    (draft, random) => {
      draft.body = Buffer.from(
        anyOf(
          [
            '{"text":1e999}',
            '{"text":"\\ud800"}',
            '{"__proto__":{"text":"x"}}',
            "null",
            "[]",
            '"text"',
            '{"text":"a","text":"b"}',
            "\ufeff{}",
          ],
          random,
        ),
      );
    },
  ],
  [
    "no body",
    (draft) => {
      draft.body = Buffer.alloc(0);
    },
  ],
  [
    "in chunks",
    (draft) => {
      draft.chunked = true;
    },
  ],
  [
    "a long body",
    (draft, random) => {
      draft.body = Buffer.alloc(Math.floor(random() * 80_000), 32);
    },
  ],
];

function textOf({ method, path, headers, body, chunked }: Draft): Buffer {
  const framing = chunked ? "transfer-encoding: chunked" : `content-length: ${body.length}`;
  const head = `${method} ${path} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}${framing}\r\n\r\n`;
  if (!chunked) return Buffer.concat([Buffer.from(head, "latin1"), body]);
  const chunk = body.length === 0 ? "" : `${body.length.toString(16)}\r\n${body.toString("latin1")}\r\n`;
  return Buffer.from(`${head}${chunk}0\r\n\r\n`, "latin1");
}

/** Changes, removes, repeats and inserts bytes anywhere: the framing may not survive. */
function mutateBytes(text: Buffer, random: RandomSource): Buffer {
  let bytes = Buffer.from(text);
  const times = 1 + Math.floor(random() * 8);
  for (let i = 0; i < times && bytes.length > 0; i++) {
    const at = Math.floor(random() * bytes.length);
    const length = Math.floor(random() * 20);
    const rest = bytes.subarray(at);
    const how = random();
    if (how < 0.5) bytes[at] = Math.floor(random() * 256);
    else if (how < 0.7) bytes = Buffer.concat([bytes.subarray(0, at), rest.subarray(length)]);
    else if (how < 0.85) bytes = Buffer.concat([bytes.subarray(0, at), rest.subarray(0, length), rest]);
    else bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(noise(length, random), "latin1"), rest]);
  }
  return bytes;
}
