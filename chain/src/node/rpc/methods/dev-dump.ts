/** The whole state out and in: dev_dumpState, dev_loadState, dev_reset. Verbs of a chain that listens on loopback: they write and read the path they are given. */
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { isAbsolute } from "node:path";
import type { ChainNode } from "../../create-node.ts";
import { startFrom } from "../../genesis/origin.ts";
import { readStateFile, stateBytes, writeStateFile } from "../../genesis/state-file.ts";
import type { MethodTable } from "../method.ts";
import type { Params } from "../params.ts";
import { invalidParams, RpcError } from "../rpc-error.ts";

/** Characters of base64 a reply may hold: larger states go to a file. */
const MAX_REPLY_CHARS = 10 * 1024 * 1024;

/** The verbs. */
export function devDumpMethods(node: ChainNode): MethodTable {
  const source = () => ({
    chain: node.chain,
    chainName: node.config.chainName,
    offsetMs: node.producer.offsetMs,
  });
  return {
    dev_dumpState: (params) =>
      answered(async () => {
        const path = pathOf(params);
        const { number, hash } = node.chain.head;
        if (path !== undefined) return { path, block: number, hash, entries: await writeStateFile(path, source()) };
        const state = Buffer.from(await stateBytes(source())).toString("base64");
        if (state.length > MAX_REPLY_CHARS)
          throw new RpcError(-32_000, "The state is too large for a reply: give a path");
        return { state, block: number, hash };
      }),
    dev_loadState: (params) =>
      answered(async () => {
        const path = pathOf(params);
        const { state } = params.object(0);
        if ((path === undefined) === (state === undefined)) throw invalidParams("give either path or state");
        const bytes = state === undefined ? undefined : base64(state);
        const saved = await readStateFile(path ?? "the given state", bytes);
        node.restart(saved.start);
        node.producer.offsetMs = saved.offsetMs;
        return position(node);
      }),
    dev_reset: () => {
      node.restart(startFrom(node.chain.genesis));
      node.producer.offsetMs = 0;
      // The first block, as at the start of the process.
      node.producer.produceEdited(() => undefined);
      return position(node);
    },
  };
}

const position = ({ chain }: ChainNode): Record<string, unknown> => ({
  block: chain.head.number,
  hash: chain.head.hash,
  genesisHash: chain.genesis.hash,
});

/** The path of the first parameter. The process's own directory is no place a client can know, so it is absolute. */
function pathOf(params: Params): string | undefined {
  const { path } = params.object(0);
  if (path === undefined) return undefined;
  if (typeof path !== "string" || !isAbsolute(path) || path.includes("\0"))
    throw invalidParams("path must be an absolute path");
  return path;
}

function base64(text: unknown): Uint8Array {
  if (typeof text !== "string" || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw invalidParams("state must be base64");
  return new Uint8Array(Buffer.from(text, "base64"));
}

/** What is wrong with a file is for the caller to know. */
async function answered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isAppError(cause))
      throw new RpcError(-32_000, cause.message.replace(/\.$/, ""), cause.remedy.replace(/\.$/, ""));
    throw cause;
  }
}
