/** A dev chain and a stock polkadot.js client that calls its runtime APIs by name, as its metadata describes them. Every answer must also be one of the real runtime's type. */
import type { ApiPromise } from "@polkadot/api";
import type { Codec } from "@polkadot/types/types";
import { hexToU8a, stringCamelCase, u8aToHex } from "@polkadot/util";
import { expect } from "vitest";
import type { DevChainOptions } from "../../../chain/src/node/start-dev-chain.ts";
import { connectApi, startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { asReal } from "./real-types.ts";

/** Runtime APIs as polkadot.js has them on a block. */
type Calls = Readonly<
  Record<string, Readonly<Record<string, (...args: readonly unknown[]) => Promise<Codec>>> | undefined>
>;

interface Sender {
  send(method: string, ...more: readonly unknown[]): Promise<unknown>;
}

/** A chain with its client. */
export interface ApiWorld {
  readonly chain: TestChain;
  readonly api: ApiPromise;
  /** Calls `Trait.method` on the newest block. */
  call(name: string, ...args: readonly unknown[]): Promise<Codec>;
  /** Calls it on a block. */
  callAt(block: string, name: string, ...args: readonly unknown[]): Promise<Codec>;
  /** What the node answered, before polkadot.js made something of it: it keeps the length of bytes that a method answers with. */
  raw(name: string, ...args: readonly unknown[]): Promise<Uint8Array>;
  /** What a call is refused with, on a block or on the newest one. */
  refused(
    block: string | undefined,
    name: string,
    ...args: readonly unknown[]
  ): Promise<{ code: number; message: string }>;
  close(): Promise<void>;
}

/** Starts both. Blocks are made by hand. */
export async function apiWorld(options: DevChainOptions = {}): Promise<ApiWorld> {
  const chain = await startTestChain({ mode: "manual", ...options });
  const api = await connectApi(chain.port);
  let answered: Uint8Array = new Uint8Array();
  const { provider } = (api as unknown as { readonly _rpcCore: { readonly provider: Sender } })["_rpcCore"];
  const send = provider.send.bind(provider);
  provider.send = async (method, ...more) => {
    const result = await send(method, ...more);
    if (method === "state_call") answered = hexToU8a(String(result));
    return result;
  };
  const run = async (calls: unknown, name: string, args: readonly unknown[]): Promise<Codec> => {
    const [trait = "", method = ""] = name.split(".");
    const found = (calls as Calls)[trait.charAt(0).toLowerCase() + trait.slice(1)]?.[stringCamelCase(method)];
    if (found === undefined) throw new Error(`no runtime API ${name}`);
    const answer = await found(...args);
    const real = asReal(name, answered);
    // Decoded by the real runtime's type and encoded again: every byte must have had its place.
    if (real !== undefined)
      expect(u8aToHex(real.toU8a()), `${name} as the real runtime's type`).toBe(u8aToHex(answered));
    return answer;
  };
  const callAt: ApiWorld["callAt"] = async (block, name, ...args) => run((await api.at(block)).call, name, args);
  return {
    chain,
    api,
    call: (name, ...args) => run(api.call, name, args),
    callAt,
    async raw(name, ...args) {
      await run(api.call, name, args);
      return answered;
    },
    refused: (block, name, ...args) =>
      (block === undefined ? run(api.call, name, args) : callAt(block, name, ...args)).then(
        (answer) => {
          throw new Error(`${name} answered ${JSON.stringify(answer.toHuman())}`);
        },
        (cause: { code: number; message: string }) => ({ code: cause.code, message: cause.message }),
      ),
    async close() {
      await api.disconnect();
      await chain.close();
    },
  };
}

/** The text of a panic of the runtime, as RPC error 4003 carries it. */
export const trapped = (message: string) => ({
  code: 4003,
  message: `4003: Client error: Execution failed: Execution aborted due to trap: ${message}`,
});

/** Hex of ASCII text. */
export const ascii = (text: string): string => `0x${Buffer.from(text, "latin1").toString("hex")}`;
