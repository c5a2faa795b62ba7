import { isAbsolute, posix } from "node:path";
import { cidSha256 } from "./cid.ts";
import { isRecord } from "./is-record.ts";

/**
 * A model that a variant needs: the path of a file or folder inside the subnet's folder, or where else to get it. Solvers ask for it by `path`.
 *
 * What runs it follows from what it is: `.onnx` onnxruntime, `model.json` TensorFlow.js, a folder with a `tokenizer.json` text generation, a server
 * with `kind: "openai"` the protocol of OpenAI's API.
 */
export type ModelEntry = string | ModelSource;

/** A model with its origin. `url` and `ipfs` exclude each other; without either, `path` is looked for in the subnet's folder. */
export type ModelSource = {
  /** The name by which solvers ask for it, in the form of a path; the file's name says what runs it. */
  readonly path: string;
  /** Where to fetch the file: https, or http on this machine's loopback. With `kind: "openai"`, the server's base URL up to and with `/v1`. */
  readonly url?: string;
  /** The CID of the file. A CIDv1 of raw bytes by SHA-256 (`bafkrei...`) is checked by itself; any other needs `sha256`. */
  readonly ipfs?: string;
  /** 64 hex digits. Required with `url`; a file in the subnet's folder is checked too when it is given. */
  readonly sha256?: string;
  /** Most rows that calls of different callers share in one run; 1 keeps every call by itself. Default: 64. */
  readonly batch?: number;
  /** Says that `url` is a server that runs the model. */
  readonly kind?: "openai";
  /** The model's name at that server. */
  readonly model?: string;
};

const keys = new Set(["path", "url", "ipfs", "sha256", "batch", "kind", "model"]);
const sha256Pattern = /^[0-9a-f]{64}$/i;
const mostBatch = 65_536;
const mostModels = 32;

/** The entry in its long form. */
export function modelSource(entry: ModelEntry): ModelSource {
  return typeof entry === "string" ? { path: entry } : entry;
}

/** The paths of the entries that must lie in the subnet's folder. */
export function modelFilesOf(entries: readonly ModelEntry[]): readonly string[] {
  return entries
    .map(modelSource)
    .filter(({ url, ipfs }) => url === undefined && ipfs === undefined)
    .map(({ path }) => path);
}

/** The SHA-256 that a source promises: its own field, or what its CID says; undefined when it promises none. Lower-case hex. */
export function promisedSha256({ sha256, ipfs }: ModelSource): string | undefined {
  return sha256?.toLowerCase() ?? (ipfs === undefined ? undefined : cidSha256(ipfs));
}

/** What is wrong with a variant's list of models, or undefined. */
export function modelsProblem(models: unknown): string | undefined {
  if (!Array.isArray(models)) return "has models that are no list";
  if (models.length > mostModels) return `has more than ${mostModels} models`;
  const paths = new Set<string>();
  for (const entry of models) {
    const source: unknown = typeof entry === "string" ? { path: entry } : entry;
    if (!isRecord(source) || !isInnerPath(source["path"])) {
      return "has a model path that is not inside the subnet's folder";
    }
    const { path } = source;
    if (paths.has(path)) return `names the model ${path} twice`;
    paths.add(path);
    const problem = sourceProblem(source);
    if (problem !== undefined) return `has a model ${path} that ${problem}`;
  }
  return undefined;
}

function sourceProblem(source: Readonly<Record<string, unknown>>): string | undefined {
  const { url, ipfs, sha256, batch, kind, model } = source;
  for (const key of Object.keys(source)) if (!keys.has(key)) return `has an unknown field ${key}`;
  if (sha256 !== undefined && !(typeof sha256 === "string" && sha256Pattern.test(sha256)))
    return "has a sha256 that is not 64 hex digits";
  if (batch !== undefined && !(Number.isInteger(batch) && Number(batch) >= 1 && Number(batch) <= mostBatch))
    return `has a batch that is not an integer from 1 to ${mostBatch}`;
  if (url !== undefined && ipfs !== undefined) return "has both a url and an ipfs";
  if (url !== undefined && !isModelUrl(url)) return "has a url that is neither https nor http on the loopback";
  if (kind !== undefined) {
    if (kind !== "openai") return 'has a kind other than "openai"';
    if (url === undefined) return "has no url of the server that runs it";
    if (sha256 !== undefined) return "is run by a server, so that its sha256 cannot be checked";
    return model === undefined || (typeof model === "string" && model !== "")
      ? undefined
      : "has an empty name at its server";
  }
  if (model !== undefined) return 'has a name at a server, but no kind "openai"';
  if (url !== undefined && sha256 === undefined) return "has a url and no sha256 to check what comes from it";
  if (ipfs === undefined) return undefined;
  if (typeof ipfs !== "string" || !/^[A-Za-z0-9]{46,128}$/.test(ipfs)) return "has an ipfs that is not a CID";
  const own = cidSha256(ipfs);
  if (own === undefined && sha256 === undefined)
    return "has a CID other than of raw bytes by SHA-256 (bafkrei...), and no sha256 to check what comes";
  return own !== undefined && typeof sha256 === "string" && sha256.toLowerCase() !== own
    ? "has a sha256 that is not the one in its CID"
    : undefined;
}

/** True for https, and for http on this machine's loopback; never with a user name or password in it. */
export function isModelUrl(text: unknown): text is string {
  if (typeof text !== "string" || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== "" || password !== "") return false;
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function isInnerPath(path: unknown): path is string {
  if (typeof path !== "string" || path === "" || path.includes("\\") || path.includes("\0") || isAbsolute(path))
    return false;
  return !posix.normalize(path).split("/").includes("..");
}
