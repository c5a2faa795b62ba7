/** A chain of real blocks in memory, without a network: signed extrinsics, guards, fees, hooks, and the local beacon on request. */
import { type Keypair, keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { bytesToHex, concatBytes, hexToBytes } from "@subnetkit/shared/util/bytes";
import { devAccounts } from "../../../../../../chain/src/node/accounts.ts";
import {
  buildBlock,
  type BuilderModules,
  buildGenesis,
  nextExecution,
} from "../../../../../../chain/src/node/block/builder.ts";
import { Chain } from "../../../../../../chain/src/node/block/chain.ts";
import type { Execution } from "../../../../../../chain/src/node/block/execution.ts";
import { decodeExtrinsic, type Extrinsic, signaturePayload } from "../../../../../../chain/src/node/block/extrinsic.ts";
import { createLocalBeacon } from "../../../../../../chain/src/node/runtime/drand/beacon.ts";
import { runtimePallets } from "../../../../../../chain/src/node/runtime/index.ts";
import type { GenesisConfig } from "../../../../../../chain/src/node/runtime/pallet.ts";
import { createRuntime } from "../../../../../../chain/src/node/runtime/runtime.ts";
import type { OverlayState } from "../../../../../../chain/src/node/storage/state.ts";
import { type RuntimeCall, runtimeCall } from "../../../../../../chain/src/spec/call.ts";
import { eventRecord } from "../../../../../../chain/src/spec/event.ts";
import { palletSpecs } from "../../../../../../chain/src/spec/pallets.ts";
import { system } from "../../../../../../chain/src/spec/pallets/system.ts";
import { accountId, multiAddress } from "../../../../../../chain/src/spec/scale/accounts.ts";
import { compact, u32, u64 } from "../../../../../../chain/src/spec/scale/numbers.ts";
import { vec } from "../../../../../../chain/src/spec/scale/sequences.ts";
import { multiSignature } from "../../../../../../chain/src/spec/types.ts";

export const TAO = 1_000_000_000n;
export const BLOCK_MS = 250;
const GENESIS_MS = 1_800_000_000_000;

const keys = new Map<string, Keypair>();
/** Keypair of a development uri. */
export function key(uri: string): Keypair {
  const known = keys.get(uri) ?? keypairFromUri(uri);
  keys.set(uri, known);
  return known;
}
/** Account of a development uri, as hex. */
export const account = (uri: string): string => bytesToHex(key(uri).publicKey);

/** What became of one call: "ok", the name of a module error, another dispatch error, or "Custom N" and the like from the pool. */
export type Fate = string;

/** One call of one signer. */
export interface Step {
  readonly who: string;
  readonly call: RuntimeCall;
}

/** A call of SubtensorModule by a signer. */
export const subtensor = (who: string, name: string, args: Record<string, unknown>): Step => ({
  who,
  call: { pallet: "SubtensorModule", name, args },
});
/** A call of AdminUtils as root, through the sudo key. */
export const admin = (name: string, args: Record<string, unknown>): Step => sudo({ pallet: "AdminUtils", name, args });
/** Any call as root, through the sudo key. */
export const sudo = (call: RuntimeCall): Step => ({
  who: "//Alice",
  call: { pallet: "Sudo", name: "sudo", args: { call } },
});
/** A transfer from Alice. */
export const fund = (uri: string, rao: bigint): Step => ({
  who: "//Alice",
  call: {
    pallet: "Balances",
    name: "transfer_keep_alive",
    args: { dest: { type: "Id", value: account(uri) }, value: rao },
  },
});

/** An event as a test reads it. */
export interface SeenEvent {
  readonly pallet: string;
  readonly name: string;
  readonly fields: unknown;
}

export class World {
  readonly faults: unknown[] = [];
  readonly chain: Chain;
  readonly modules: BuilderModules;
  private readonly beacon = createLocalBeacon(keypairFromUri("//One"));
  private readonly playBeacon: boolean;

  constructor(options: { readonly beacon?: boolean; readonly genesis?: Partial<GenesisConfig> } = {}) {
    const runtime = createRuntime(runtimePallets);
    this.playBeacon = options.beacon ?? false;
    this.modules = {
      runtime,
      author: keypairFromUri("//One"),
      onFault: (error, where) => this.faults.push({ where, error }),
    };
    const genesis = buildGenesis(this.modules, {
      timestampMs: GENESIS_MS,
      balances: devAccounts().map((one) => [one.account, one.genesisRao] as const),
      sudo: account("//Alice"),
      authority: account("//One"),
      drandPeriodSeconds: 1,
      ...options.genesis,
    });
    this.chain = new Chain({ history: 100_000 }, { genesis, blocks: [genesis] });
  }

  get state(): OverlayState {
    return this.chain.headState();
  }

  get number(): number {
    return this.chain.head.number;
  }

  /** Builds one block of these calls, pulses first; returns the fate of each call. Throws when a pallet threw. */
  block(...steps: Step[]): Fate[] {
    const nonces = new Map<string, number>();
    const signed = steps.map((step) => this.sign(step, nonces));
    const pulses = this.playBeacon ? this.beacon.pulses(this.state, this.number).map(decodeExtrinsic) : [];
    const { block, outcomes } = buildBlock(this.modules, this.chain, GENESIS_MS + (this.number + 1) * BLOCK_MS, [
      ...pulses,
      ...signed,
    ]);
    this.chain.append(block);
    if (this.faults.length > 0)
      throw new Error(`a pallet threw: ${JSON.stringify(this.faults.map(String))}`, { cause: this.faults[0] });
    return signed.map((extrinsic) => {
      const outcome = outcomes.find((one) => one.extrinsic === extrinsic);
      if (outcome === undefined) return "left out";
      if (outcome.kind === "refused") return refusal(outcome.validity);
      return this.sudoError(outcome.index) ?? (outcome.result.type === "Ok" ? "ok" : errorName(outcome.result.value));
    });
  }

  /** Builds empty blocks until the chain has this height. */
  runTo(number: number): void {
    while (this.number < number) this.block();
  }

  /** Builds this many empty blocks. */
  run(blocks: number): void {
    this.runTo(this.number + blocks);
  }

  /** Builds a block and fails unless every call is ok. */
  must(...steps: Step[]): void {
    const fates = this.block(...steps);
    fates.forEach((fate, i) => {
      if (fate !== "ok") throw new Error(`${steps[i]?.call.name}: ${fate}`);
    });
  }

  /** Builds a block without extrinsics on a state changed first. */
  edit(change: (state: OverlayState) => void): void {
    const timestampMs = GENESIS_MS + (this.number + 1) * BLOCK_MS;
    this.chain.append(
      buildBlock(this.modules, this.chain, timestampMs, [], { edit: (ctx) => change(ctx.state) }).block,
    );
  }

  /** The start of a block of any number on the newest state, of which nothing is kept. */
  executionAt(number: number): Execution {
    const parent = { ...this.chain.head, number: number - 1 };
    return nextExecution(this.modules, this.state, parent, GENESIS_MS + number * BLOCK_MS);
  }

  /** Events of the newest block, optionally of one name. */
  events(name?: string): SeenEvent[] {
    const raw = this.state.getRaw(`0x${itemHex()}`);
    const all =
      raw === undefined
        ? []
        : vec(eventRecord())
            .dec(raw)
            .map(({ event }) => event);
    return name === undefined ? all : all.filter((event) => event.name === name);
  }

  /** Result of a runtime API method on the newest state. */
  api<T>(name: string, args: Record<string, unknown>): T {
    const method = this.modules.runtime.apiMethod(name);
    if (method === undefined) throw new Error(`no ${name}`);
    const execution = nextExecution(
      this.modules,
      this.state,
      this.chain.head,
      GENESIS_MS + (this.number + 1) * BLOCK_MS,
    );
    const result = method.run(execution, args as never);
    return method.result.dec(method.result.enc(result)) as T;
  }

  private sign({ who, call }: Step, nonces: Map<string, number>): Extrinsic {
    const signer = key(who);
    const nonce = nonces.get(who) ?? this.state.get(system.storage.Account, account(who)).nonce;
    nonces.set(who, nonce + 1);
    const callBytes = runtimeCall().enc(call);
    const extra = concatBytes(Uint8Array.of(0), compact(u32).enc(nonce), compact(u64).enc(0n), Uint8Array.of(0));
    const genesisHash = hexToBytes(this.chain.genesis.hash);
    const { spec_version, transaction_version } = this.modules.runtime.version;
    const payload = signaturePayload(concatBytes(callBytes, extra), {
      specVersion: spec_version,
      transactionVersion: transaction_version,
      genesisHash,
      birthHash: genesisHash,
    });
    const address = multiAddress.enc({ type: "Id", value: account(who) });
    const signature = multiSignature.enc({ type: "Sr25519", value: signer.sign(payload) });
    const body = concatBytes(Uint8Array.of(0x84), address, signature, extra, callBytes);
    return decodeExtrinsic(concatBytes(compact(u32).enc(body.length), body));
  }

  /** Inner error of a sudo call: it does not fail the extrinsic, so the event has it. */
  private sudoError(index: number): string | undefined {
    const raw = this.state.getRaw(`0x${itemHex()}`) as Uint8Array;
    for (const { phase, event } of vec(eventRecord()).dec(raw)) {
      if (phase.type !== "ApplyExtrinsic" || phase.value !== index || event.name !== "Sudid") continue;
      const { sudo_result } = event.fields as { sudo_result: { type: "Ok" | "Err"; value: never } };
      if (sudo_result.type === "Err") return errorName(sudo_result.value);
    }
    return undefined;
  }
}

let eventsKey: string | undefined;
function itemHex(): string {
  // System.Events: twox128("System") ++ twox128("Events").
  eventsKey ??= "26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7";
  return eventsKey;
}

function errorName(error: { type: string; value?: unknown }): string {
  if (error.type !== "Module")
    return error.type === "Token" ? `Token.${(error.value as { type: string }).type}` : error.type;
  const { index, error: code } = error.value as { index: number; error: Uint8Array };
  return palletSpecs.find((pallet) => pallet.index === index)?.errors[code[0] as number] ?? `${index}/${code[0]}`;
}

function refusal(validity: { kind: string; reason?: unknown }): string {
  const reason = validity.reason as { type: string; code?: number } | undefined;
  return reason?.type === "Custom" ? `Custom ${reason.code}` : (reason?.type ?? validity.kind);
}

/** Re-exported for tests that encode accounts. */
export { accountId };
