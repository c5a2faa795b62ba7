/** How the functions of this folder reach a development chain, and how they read its answers. */
import { appError } from "@subnetkit/shared/errors/app-error";

/** Sends one JSON-RPC request. An RpcSocket, an RpcProvider and what {@link httpRpc} makes all fit. */
export type DevRpc = {
  /** Throws E_CHAIN_RPC (refused), E_CHAIN_TIMEOUT, E_CHAIN_UNREACHABLE or E_CHAIN_DISCONNECTED. */
  request(method: string, params: readonly unknown[], timeoutMs: number): Promise<unknown>;
};

/** How long an answer may take. */
export type Deadline = { readonly timeoutMs?: number };

/** Answers that need no new block. */
export const QUICK_MS = 10_000;
/** Answers that wait for blocks to be made, or for a file. */
export const WORK_MS = 600_000;

/** Where a block is. */
export type BlockRef = { readonly block: number; readonly hash: string };

type Kinds = { readonly number: number; readonly string: string; readonly boolean: boolean; readonly object: object };
type Shape = Readonly<Record<string, keyof Kinds>>;
/** An answer whose named fields were checked; what else the chain said is kept. */
export type Checked<S extends Shape> = { readonly [K in keyof S]: Kinds[S[K]] } & Readonly<Record<string, unknown>>;

/** Asks, and answers with what the chain said. */
export function ask(rpc: DevRpc, method: string, params: readonly unknown[], timeoutMs = QUICK_MS): Promise<unknown> {
  return rpc.request(method, params, timeoutMs);
}

/** An answer that must be an object with these fields. Throws E_CHAIN_SHAPE. */
export function checked<const S extends Shape>(method: string, answer: unknown, shape: S): Checked<S> {
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) throw wrong(method, "no object");
  const fields = answer as Readonly<Record<string, unknown>>;
  for (const [name, kind] of Object.entries(shape)) {
    const found = fields[name] === null ? "null" : typeof fields[name];
    if (found !== kind) throw wrong(method, `${name} is ${found}, not a ${kind}`);
  }
  return fields as Checked<S>;
}

/** An answer that must be a list of such objects. Throws E_CHAIN_SHAPE. */
export function checkedList<const S extends Shape>(method: string, answer: unknown, shape: S): readonly Checked<S>[] {
  if (!Array.isArray(answer)) throw wrong(method, "no list");
  return answer.map((one: unknown) => checked(method, one, shape));
}

/** An answer that must be a block hash. Throws E_CHAIN_SHAPE. */
export function checkedHash(method: string, answer: unknown): string {
  if (typeof answer !== "string" || !/^0x[0-9a-f]{64}$/.test(answer)) throw wrong(method, "no hash");
  return answer;
}

function wrong(method: string, reason: string): Error {
  return appError("E_CHAIN_SHAPE", { what: `answer to ${method}`, reason });
}
