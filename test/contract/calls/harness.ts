/**
 * One dev chain in manual mode over a real socket, driven by a stock polkadot.js client: it composes, signs and decodes; blocks are made by
 * dev_newBlock. Every test starts from the same state: what it changed is written back by dev_setStorage.
 */
import type { ApiPromise } from "@polkadot/api";
import type { SubmittableExtrinsic } from "@polkadot/api/types";
import { Keyring } from "@polkadot/keyring";
import type { KeyringPair } from "@polkadot/keyring/types";
import type { DispatchError, EventRecord } from "@polkadot/types/interfaces";
import type { ISubmittableResult } from "@polkadot/types/types";
import { stringCamelCase, u8aToHex } from "@polkadot/util";
import { cryptoWaitReady } from "@polkadot/util-crypto";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import type { NodeConfig } from "../../../chain/src/node/config.ts";
import { itemPrefix } from "../../../chain/src/node/storage/keys.ts";
import type { AnyItem } from "../../../chain/src/spec/define.ts";
import { palletSpecs } from "../../../chain/src/spec/pallets.ts";
import { aura } from "../../../chain/src/spec/pallets/aura.ts";
import { drand } from "../../../chain/src/spec/pallets/drand.ts";
import { system } from "../../../chain/src/spec/pallets/system.ts";
import { timestamp } from "../../../chain/src/spec/pallets/timestamp.ts";
import { connectApi, startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { checkClaims, qualified, sawError, sawSuccess } from "./coverage.ts";

/** Rao of one TAO. */
export const TAO = 1_000_000_000n;

export type Pair = KeyringPair;
export type Tx = SubmittableExtrinsic<"promise", ISubmittableResult>;
type Json = unknown;

/** An event: full name, then its fields as polkadot.js puts them into JSON. */
export type Told = readonly [name: string, ...fields: Json[]];

/** What became of a transaction. */
export type Outcome =
  | { readonly kind: "ok"; readonly events: readonly Told[]; readonly all: readonly Told[]; readonly feeRao: bigint }
  | {
      readonly kind: "failed";
      readonly error: string;
      readonly events: readonly Told[];
      readonly all: readonly Told[];
      readonly feeRao: bigint;
    }
  | { readonly kind: "invalid"; readonly code: number; readonly data: string };

/** How a transaction is signed where not as usual: immortal, next nonce, no tip. */
export interface SignOptions {
  readonly nonce?: number;
  readonly tip?: bigint;
  readonly era?: { readonly current: number; readonly period: number };
  readonly blockHash?: string;
  readonly genesisHash?: string;
  readonly specVersion?: number;
}

/** polkadot.js without its generated types. */
interface Loose {
  readonly tx: Record<string, Record<string, (...args: readonly unknown[]) => Tx>>;
  readonly query: Record<string, Record<string, (...keys: readonly unknown[]) => Promise<{ toJSON(): Json }>>>;
}

const keyring = new Keyring({ type: "sr25519" });

/** A key pair of the public development phrase. */
export function key(uri: string): Pair {
  const known = pairs.get(uri);
  if (known !== undefined) return known;
  const pair = keyring.addFromUri(uri);
  pairs.set(uri, pair);
  return pair;
}
const pairs = new Map<string, Pair>();

/** Addresses of pairs and texts alike. */
export const address = (of: Pair | string): string => (typeof of === "string" ? of : of.address);

/** The harness of a test file. */
export class Harness {
  chain!: TestChain;
  api!: ApiPromise;
  private base = new Map<string, string>();

  /** Sends a JSON-RPC request over the client's socket. */
  rpc<T = Json>(method: string, ...params: readonly unknown[]): Promise<T> {
    return (this.api as unknown as { _rpcCore: { provider: { send(m: string, p: readonly unknown[]): Promise<T> } } })[
      "_rpcCore"
    ].provider.send(method, params);
  }

  /** Composes a call by its full name, `Pallet.call_name`. */
  tx(call: string, ...args: readonly unknown[]): Tx {
    const [pallet = "", name = ""] = call.split(".");
    const compose = (this.api as unknown as Loose).tx[stringCamelCase(pallet)]?.[stringCamelCase(name)];
    if (compose === undefined) throw new Error(`no call ${call}`);
    return compose(...args);
  }

  /** Signs, submits, makes a block and says what became of it. */
  async submit(signer: Pair, tx: Tx, options: SignOptions = {}): Promise<Outcome> {
    const nonce = options.nonce ?? Number(await this.rpc("system_accountNextIndex", signer.address));
    const bytes = this.sign(signer, tx, { ...options, nonce });
    try {
      await this.rpc("author_submitExtrinsic", bytes);
    } catch (cause) {
      const { code, data, message } = cause as { code: number; data?: string; message: string };
      return { kind: "invalid", code, data: data ?? message };
    }
    await this.rpc("dev_newBlock");
    return this.outcomeOf(bytes, signer);
  }

  /** The signed extrinsic as hex. Immortal unless an era is given. */
  sign(signer: Pair, tx: Tx, options: SignOptions & { readonly nonce: number }): string {
    const { era, tip = 0n, nonce } = options;
    const genesisHash = options.genesisHash ?? this.api.genesisHash.toHex();
    const version = this.api.runtimeVersion;
    const runtimeVersion =
      options.specVersion === undefined
        ? version
        : { specVersion: options.specVersion, transactionVersion: version.transactionVersion };
    return tx
      .sign(signer, {
        nonce,
        tip,
        genesisHash,
        blockHash: options.blockHash ?? genesisHash,
        runtimeVersion,
        era: era === undefined ? "0x00" : this.api.registry.createType("ExtrinsicEra", era).toHex(),
      } as never)
      .toHex();
  }

  /** What the newest block says of an extrinsic in it. */
  async outcomeOf(bytes: string, signer?: Pair): Promise<Outcome> {
    const { block } = await this.rpc<{ block: { extrinsics: string[] } }>("chain_getBlock");
    const index = block.extrinsics.indexOf(bytes);
    if (index < 0) throw new Error("the block was made without the transaction");
    const records = await this.records();
    const mine = records.filter(({ phase }) => phase.isApplyExtrinsic && phase.asApplyExtrinsic.eqn(index));
    return this.settled(mine, signer);
  }

  /** Events of the newest block outside of extrinsics. */
  async hookEvents(): Promise<Told[]> {
    return (await this.records()).filter(({ phase }) => !phase.isApplyExtrinsic).map(told);
  }

  private async records(): Promise<EventRecord[]> {
    return [...((await this.stored("System.Events")) as unknown as EventRecord[])];
  }

  /** Checks the frame every signed extrinsic has (withdraw, deposit, fee paid, outcome) and cuts it off. */
  private settled(records: readonly EventRecord[], signer: Pair | undefined): Outcome {
    const all = records.map(told);
    const last = records.at(-1)?.event;
    if (last === undefined) throw new Error("no events");
    const inner = all.slice(0, -1);
    let feeRao = 0n;
    if (signer !== undefined) {
      const paid = inner.pop();
      expect(paid?.[0]).toBe("TransactionPayment.TransactionFeePaid");
      feeRao = BigInt(paid?.[2] as number);
      if (inner.at(-1)?.[0] === "SubtensorModule.TransactionFeePaidWithAlpha") inner.pop();
      else if (feeRao > 0n) {
        expect(inner.shift()?.slice(0, 1)).toEqual(["Balances.Withdraw"]);
        expect(inner.pop()).toEqual(["Balances.Deposit", key("//One").address, Number(feeRao)]);
      }
    }
    if (last.method === "ExtrinsicSuccess") return { kind: "ok", events: inner, all, feeRao };
    expect(last.method).toBe("ExtrinsicFailed");
    return { kind: "failed", error: this.errorName(last.data[0] as DispatchError), events: inner, all, feeRao };
  }

  /** The full name of a dispatch error, also of one in JSON (`{module: {index, error}}`). */
  errorName(error: DispatchError): string {
    if (error.isModule) {
      const { section, name } = this.api.registry.findMetaError(error.asModule);
      return `${pascal(section)}.${name}`;
    }
    if (error.isToken) return `Token.${error.asToken.type}`;
    if (error.isArithmetic) return `Arithmetic.${error.asArithmetic.type}`;
    return error.type;
  }

  /** Expects success; returns the call's own events. */
  async ok(signer: Pair, call: string, ...args: readonly unknown[]): Promise<readonly Told[]> {
    const outcome = await this.submit(signer, this.tx(call, ...args));
    expect(outcome, saying(call, outcome)).toMatchObject({ kind: "ok" });
    sawSuccess(call);
    return (outcome as Outcome & { kind: "ok" }).events;
  }

  /**
   * Expects the call to be included and to fail: only the fee is taken and the nonce counted, nothing else is told. The error without a pallet is
   * one of the call's own.
   */
  async fails(error: string, signer: Pair, call: string, ...args: readonly unknown[]): Promise<void> {
    const before = await this.account(signer);
    const outcome = await this.submit(signer, this.tx(call, ...args));
    const name = qualified(call, error);
    expect(outcome, saying(call, outcome)).toMatchObject({ kind: "failed", error: name, events: [] });
    const { feeRao } = outcome as Outcome & { kind: "failed" };
    const after = await this.account(signer);
    expect(after.nonce).toBe(before.nonce + 1);
    if (after.free !== before.free) expect(after.free).toBe(before.free - feeRao);
    sawError(call, name);
  }

  /**
   * Expects the pool to refuse the call as `1010 Custom error: N`, with nothing changed; and the same call inside a batch, past the pool, to fail
   * with the module error the code stands for.
   */
  async guarded(
    [custom, error]: readonly [number, string],
    signer: Pair,
    call: string,
    ...args: readonly unknown[]
  ): Promise<void> {
    const before = { ...(await this.account(signer)), head: await this.rpc("chain_getBlockHash") };
    const outcome = await this.submit(signer, this.tx(call, ...args));
    expect(outcome, saying(call, outcome)).toEqual({ kind: "invalid", code: 1010, data: `Custom error: ${custom}` });
    expect({ ...(await this.account(signer)), head: await this.rpc("chain_getBlockHash") }).toEqual(before);
    const name = qualified(call, error);
    expect(await this.nested(signer, this.tx(call, ...args)), call).toBe(name);
    sawError(call, name);
  }

  /** The error a call meets inside a batch, past the pool's guard; undefined for success. The signer's empty purse is no obstacle. */
  async nested(signer: Pair, tx: Tx): Promise<string | undefined> {
    if ((await this.account(signer)).free < TAO) await this.fund(signer, TAO);
    const outcome = await this.submit(signer, this.tx("Utility.batch_all", [tx, this.tx("System.remark", "0x")]));
    expect(outcome.kind).not.toBe("invalid");
    return outcome.kind === "failed" ? outcome.error : undefined;
  }

  /** Expects the last of several calls in one block (a batch_all) to fail with this error. */
  async nestedFails(
    error: string,
    signer: Pair,
    call: string,
    ...rows: readonly (readonly unknown[])[]
  ): Promise<void> {
    const tx = this.tx(
      "Utility.batch_all",
      rows.map((args) => this.tx(call, ...args)),
    );
    const outcome = await this.submit(signer, tx);
    const name = qualified(call, error);
    expect(outcome, saying(call, outcome)).toMatchObject({ kind: "failed", error: name, events: [] });
    sawError(call, name);
  }

  /** Dispatches as root through sudo and expects success; the inner events. */
  async root(call: string, ...args: readonly unknown[]): Promise<readonly Told[]> {
    const { events, error } = await this.sudo(call, args);
    expect(error, call).toBeUndefined();
    sawSuccess(call);
    return events;
  }

  /** Dispatches as root and expects this error, in Sudid and without any other event. */
  async rootFails(error: string, call: string, ...args: readonly unknown[]): Promise<void> {
    const outcome = await this.sudo(call, args);
    const name = qualified(call, error);
    expect(outcome, call).toEqual({ events: [], error: name });
    sawError(call, name);
  }

  /** Expects a call through a proxy of `real` to fail with this error, which ProxyExecuted tells. */
  async proxied(error: string, delegate: Pair, real: Pair, call: string, ...args: readonly unknown[]): Promise<void> {
    const outcome = await this.submit(delegate, this.tx("Proxy.proxy", real.address, null, this.tx(call, ...args)));
    const executed = outcome.kind === "ok" ? outcome.events.at(-1) : undefined;
    const result = executed?.[1] as { err?: Json } | undefined;
    const name = result?.err === undefined ? undefined : this.jsonError(result.err);
    expect(name, call).toBe(error);
    sawError(call, error);
  }

  /** Records that a call inside another one went through. */
  saw(call: string): void {
    sawSuccess(call);
  }

  /** Name of a dispatch error as events carry it. */
  jsonError(error: Json): string {
    return this.errorName(this.api.registry.createType("SpRuntimeDispatchError", error) as unknown as DispatchError);
  }

  /** Records an error of a call inside another one. */
  sawError(call: string, error: string): void {
    sawError(call, error);
  }

  private async sudo(
    call: string,
    args: readonly unknown[],
  ): Promise<{ events: readonly Told[]; error: string | undefined }> {
    const outcome = await this.submit(key("//Alice"), this.tx("Sudo.sudo", this.tx(call, ...args)));
    if (outcome.kind !== "ok") throw new Error(`${call} as root: ${JSON.stringify(outcome)}`);
    const sudid = outcome.events.at(-1);
    expect(sudid?.[0]).toBe("Sudo.Sudid");
    const result = sudid?.[1] as { ok?: null; err?: Json };
    const error = "err" in result ? this.jsonError(result.err) : undefined;
    return { events: outcome.events.slice(0, -1), error };
  }

  /** A storage value as JSON, by its full name. */
  async get<T = Json>(item: string, ...keys: readonly unknown[]): Promise<T> {
    return (await this.stored(item, ...keys)).toJSON() as T;
  }

  private stored(item: string, ...keys: readonly unknown[]): Promise<{ toJSON(): Json }> {
    const [pallet = "", name = ""] = item.split(".");
    const query = (this.api as unknown as Loose).query[stringCamelCase(pallet)]?.[stringCamelCase(name)];
    if (query === undefined) throw new Error(`no item ${item}`);
    return query(...keys);
  }

  /** An integer in storage, whatever its width. */
  async int(item: string, ...keys: readonly unknown[]): Promise<bigint> {
    return BigInt(await this.get<string | number>(item, ...keys));
  }

  /** Nonce and free rao of an account. */
  async account(who: Pair | string): Promise<{ nonce: number; free: bigint; reserved: bigint }> {
    const { nonce, data } = await this.get<{ nonce: number; data: { free: string; reserved: string } }>(
      "System.Account",
      address(who),
    );
    return { nonce, free: BigInt(data.free), reserved: BigInt(data.reserved) };
  }

  /** Alpha of a coldkey on a hotkey and subnet, rao, as the runtime API tells it. */
  async stakeOf(coldkey: Pair, hotkey: Pair, netuid: number): Promise<bigint> {
    const api = (
      this.api as unknown as {
        call: Record<string, Record<string, (...args: unknown[]) => Promise<{ toJSON(): Json }>>>;
      }
    ).call["stakeInfoRuntimeApi"];
    const info = await api?.["getStakeInfoForHotkeyColdkeyNetuid"]?.(hotkey.address, coldkey.address, netuid);
    return BigInt((info?.toJSON() as { stake: number | string } | null)?.stake ?? 0);
  }

  /** Writes storage by pallet and item (dev_setStorage), in a block of its own. A map takes a list of `[[keys], value]`. */
  async set(storage: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Promise<void> {
    await this.rpc("dev_setStorage", storage);
  }

  /** Writes entries of SubtensorModule. */
  async setSubtensor(items: Readonly<Record<string, unknown>>): Promise<void> {
    await this.set({ SubtensorModule: items });
  }

  /** Sets a free balance. */
  async fund(who: Pair | string, rao: bigint): Promise<void> {
    await this.rpc("dev_setBalance", address(who), rao.toString());
  }

  /** Makes blocks. */
  async blocks(count = 1): Promise<void> {
    await this.rpc("dev_newBlock", { count });
  }

  /** Makes blocks until no pulse of the beacon waits: the next block stores no round. */
  async quiet(): Promise<void> {
    while ((await this.rpc<unknown[]>("author_pendingExtrinsics")).length > 0) await this.blocks(1);
  }

  /** Makes blocks until the next one has this number. */
  async nextIs(number: number): Promise<void> {
    const missing = number - 1 - (await this.height());
    if (missing < 0) throw new RangeError(`block ${number} is there already`);
    if (missing > 0) await this.blocks(missing);
  }

  /** Number of the newest block. */
  async height(): Promise<number> {
    return Number((await this.rpc<{ number: string }>("chain_getHeader")).number);
  }

  /** Connects. */
  async start(options: Partial<NodeConfig>): Promise<void> {
    await cryptoWaitReady();
    this.chain = await startTestChain({ mode: "manual", drandPeriodSeconds: 60, ...options });
    this.api = await connectApi(this.chain.port);
  }

  /** Makes the present state the one every test starts from. */
  keep(): void {
    this.base = this.dump();
  }

  /** Writes back what changed since {@link keep}. Blocks go on counting. */
  async restore(): Promise<void> {
    const now = this.dump();
    const writes: [string, string | null][] = [];
    for (const [at, value] of this.base) if (now.get(at) !== value) writes.push([at, value]);
    for (const at of now.keys()) if (!this.base.has(at)) writes.push([at, null]);
    if (writes.length > 0) await this.rpc("dev_setStorage", writes);
  }

  private dump(): Map<string, string> {
    const state = this.chain.node.chain.headState();
    const found = new Map<string, string>();
    for (const at of state.keysRaw("0x")) {
      const value = PASSING.some((prefix) => at.startsWith(prefix)) ? undefined : state.getRaw(at);
      if (value !== undefined) found.set(at, u8aToHex(value));
    }
    return found;
  }
}

/** What belongs to the passing of blocks and is never written back: System but its accounts, Timestamp, Aura, Drand. */
const PASSING = [system, timestamp, aura, drand]
  .flatMap((pallet) => Object.values(pallet.storage) as AnyItem[])
  .filter((item) => item !== system.storage.Account)
  .map((item) => itemPrefix(item));

const saying = (call: string, { kind, ...rest }: Outcome): string =>
  `${call}: ${kind} ${JSON.stringify("data" in rest ? rest.data : "error" in rest ? rest.error : rest.events)}`;

const palletNames = new Map(palletSpecs.map(({ name }) => [stringCamelCase(name), name]));
/** The pallet that polkadot.js calls a section. */
const pascal = (section: string): string => palletNames.get(section) ?? section;

function told({ event }: EventRecord): Told {
  return [`${pascal(event.section)}.${event.method}`, ...event.data.map((field) => field.toJSON())];
}

/** Starts a harness for a test file: `world` arranges the state that every test begins with. */
export function harness(world: (h: Harness) => Promise<void>, options: Partial<NodeConfig> = {}): Harness {
  const h = new Harness();
  beforeAll(async () => {
    await h.start(options);
    await world(h);
    h.keep();
  });
  beforeEach(() => h.restore());
  afterAll(async () => {
    await h.api?.disconnect();
    await h.chain?.close();
    expect(h.chain?.faults ?? []).toEqual([]);
  });
  checkClaims();
  return h;
}
