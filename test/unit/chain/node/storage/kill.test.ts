import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { bytesToHex, concatBytes, hexToBytes } from "@subnetkit/shared/util/bytes";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { signaturePayload } from "../../../../../chain/src/node/block/extrinsic.ts";
import { storageKey } from "../../../../../chain/src/node/storage/keys.ts";
import { runtimeCall } from "../../../../../chain/src/spec/call.ts";
import { RUNTIME_VERSION, system } from "../../../../../chain/src/spec/pallets/system.ts";
import { multiAddress } from "../../../../../chain/src/spec/scale/accounts.ts";
import { compact, u32, u64 } from "../../../../../chain/src/spec/scale/numbers.ts";
import { multiSignature } from "../../../../../chain/src/spec/types.ts";
import { bundleForNode } from "../../../../support/bundle.ts";

const KILLS = 20;
/** Blocks per segment: a few segments begin within the test. */
const HISTORY = 64;

const alice = keypairFromUri("//Alice");
const aliceId = bytesToHex(alice.publicKey);
const NUMBER_KEY = storageKey(system.storage.Number, []);
const ALICE_KEY = storageKey(system.storage.Account, [aliceId]);

/** What a subscriber was told of a block. */
interface Announced {
  readonly hash: string;
  readonly number: number;
  /** Alice's account as of it: her transfers change it in most blocks. */
  readonly account: string;
}

let bundle: string;
let directory: string;
let child: ChildProcess | undefined;

beforeAll(async () => {
  bundle = await bundleForNode(path.resolve(import.meta.dirname, "../../../../../chain/src/node/main.ts"));
  directory = mkdtempSync(path.join(tmpdir(), "subnetkit-kill-"));
});

afterAll(() => {
  child?.kill("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
  rmSync(bundle, { force: true });
});

/** Starts the chain on the directory; its blocks come every 10 ms. */
async function start(): Promise<number> {
  const flags = ["--port", "0", "--state-dir", directory, "--block-ms", "10", "--history", String(HISTORY)];
  const process_ = spawn(process.execPath, [bundle, ...flags], {
    stdio: ["pipe", "ignore", "inherit", "pipe"],
    env: { ...process.env, SUBNETKIT_EVENTS_FD: "3", SUBNETKIT_LIFELINE: "1" },
  });
  child = process_;
  return new Promise((resolve, reject) => {
    createInterface(process_.stdio[3] as Readable).on("line", (line) => {
      const event = JSON.parse(line) as { type: string; port: number };
      if (event.type === "process.ready") resolve(event.port);
    });
    process_.once("exit", (code) => reject(new Error(`the chain ended with ${code} before it was ready`)));
  });
}

/** A connection that hears of every block and can ask. */
async function connect(port: number, heard: (block: Announced) => void) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  const waiting = new Map<number, (result: unknown) => void>();
  let account = "";
  let id = 0;
  socket.on("message", (data) => {
    const message = JSON.parse(String(data)) as {
      id?: number;
      result?: unknown;
      params?: { result: { block: string; changes: [string, string][] } };
    };
    if (message.id !== undefined) waiting.get(message.id)?.(message.result);
    if (message.params === undefined) return;
    const { block, changes } = message.params.result;
    const told = new Map(changes);
    account = told.get(ALICE_KEY) ?? account;
    heard({ hash: block, number: u32.dec(hexToBytes(told.get(NUMBER_KEY) ?? "0x")), account });
  });
  // The process is killed under it.
  socket.on("error", () => undefined);
  await once(socket, "open");
  const ask = (method: string, ...params: unknown[]): Promise<unknown> =>
    new Promise((resolve) => {
      id += 1;
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    });
  return { ask, socket };
}

function transfer(nonce: number, genesisHash: string): string {
  const call = runtimeCall().enc({
    pallet: "Balances",
    name: "transfer_keep_alive",
    args: { dest: { type: "Id", value: `0x${"07".repeat(32)}` }, value: 1_000_000n },
  });
  const extra = concatBytes(Uint8Array.of(0), compact(u32).enc(nonce), compact(u64).enc(0n), Uint8Array.of(0));
  const hash = hexToBytes(genesisHash);
  const payload = signaturePayload(concatBytes(call, extra), {
    specVersion: RUNTIME_VERSION.spec_version,
    transactionVersion: RUNTIME_VERSION.transaction_version,
    genesisHash: hash,
    birthHash: hash,
  });
  const signature = multiSignature.enc({ type: "Sr25519", value: alice.sign(payload) });
  const signer = multiAddress.enc({ type: "Id", value: aliceId });
  const body = concatBytes(Uint8Array.of(0x84), signer, signature, extra, call);
  return bytesToHex(concatBytes(compact(u32).enc(body.length), body));
}

/** Numbers from 0 to 1 that are the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("a chain killed at any moment", () => {
  it("has every block it ever told anyone of, with the same hash and the same state", {
    timeout: 180_000,
  }, async () => {
    const random = seeded(7);
    const announced = new Map<number, Announced>();
    let last: Announced | undefined;
    for (let kill = 0; kill <= KILLS; kill++) {
      const port = await start();
      const enough = 2 + Math.floor(random() * 20);
      let count = 0;
      let done: () => void = () => undefined;
      const heardEnough = new Promise<void>((resolve) => {
        done = resolve;
      });
      const { ask, socket } = await connect(port, (block) => {
        announced.set(block.number, block);
        last = block;
        count += 1;
        if (count === enough) done();
      });
      // What is asked for would leave the history meanwhile.
      await ask("dev_pause");
      const head = Number(((await ask("dev_info")) as { block: number }).block);
      if (last !== undefined) {
        expect(head).toBeGreaterThanOrEqual(last.number);
        for (const { number, hash } of announced.values())
          if (number > head - HISTORY) expect(await ask("chain_getBlockHash", number), `block ${number}`).toBe(hash);
        if (last.number > head - HISTORY)
          expect(await ask("state_getStorage", ALICE_KEY, last.hash), `state at block ${last.number}`).toBe(
            last.account,
          );
      }
      if (kill === KILLS) {
        socket.terminate();
        break;
      }
      await ask("dev_resume");
      await ask("state_subscribeStorage", [NUMBER_KEY, ALICE_KEY]);
      const genesisHash = (await ask("chain_getBlockHash", 0)) as string;
      const nonce = Number(await ask("system_accountNextIndex", alice.address));
      for (let i = 0; i < 40; i++) void ask("author_submitExtrinsic", transfer(nonce + i, genesisHash));
      await heardEnough;
      // Any moment: not only right after a block was told of.
      await new Promise((resolve) => setTimeout(resolve, random() * 12));
      const running = child as ChildProcess;
      const exited = once(running, "exit");
      running.kill("SIGKILL");
      await exited;
      socket.terminate();
    }
    expect(announced.size).toBeGreaterThan(KILLS * 2);
    const nonces = new Set([...announced.values()].map(({ account }) => account));
    expect(nonces.size).toBeGreaterThan(KILLS);
  });
});
