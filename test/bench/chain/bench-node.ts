/** The chain of a bench, in this process: no port, blocks on request, with funded keys and a subnet of any shape put straight into its storage. */
import { sha256 } from "@subnetkit/shared/crypto/hash";
import { type Keypair, keypairFromSeed, keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { createMetrics } from "@subnetkit/shared/metrics/define";
import { bytesToHex, concatBytes, hexToBytes, utf8 } from "@subnetkit/shared/util/bytes";
import { pino } from "pino";
import type { Execution } from "../../../chain/src/node/block/execution.ts";
import { signaturePayload } from "../../../chain/src/node/block/extrinsic.ts";
import { type NodeConfig, nodeConfig } from "../../../chain/src/node/config.ts";
import { type ChainNode, createNode } from "../../../chain/src/node/create-node.ts";
import { chainMetrics } from "../../../chain/src/node/metrics.ts";
import type { Origin } from "../../../chain/src/node/runtime/pallet.ts";
import { createHotkeyIfNew } from "../../../chain/src/node/runtime/subtensor/state/hotkeys.ts";
import { appendNeuron } from "../../../chain/src/node/runtime/subtensor/state/neurons.ts";
import { increaseStake } from "../../../chain/src/node/runtime/subtensor/state/shares.ts";
import { type RuntimeCall, runtimeCall } from "../../../chain/src/spec/call.ts";
import { subtensorModule } from "../../../chain/src/spec/pallets/subtensor-module.ts";
import { system } from "../../../chain/src/spec/pallets/system.ts";
import { multiAddress } from "../../../chain/src/spec/scale/accounts.ts";
import { compact, u32, u64 } from "../../../chain/src/spec/scale/numbers.ts";
import { multiSignature } from "../../../chain/src/spec/types.ts";

const S = subtensorModule.storage;
/** The subnet of a bench. */
export const NETUID = 2;
const TAO = 1_000_000_000n;

/** A node that makes blocks on request. A pallet that throws ends the bench. */
export function benchNode(options: Partial<NodeConfig> = {}): ChainNode {
  const config = nodeConfig.schema.parse({ mode: "manual", port: 0, ...options });
  const node = createNode(config, {
    log: pino({ level: "silent" }),
    metrics: createMetrics(chainMetrics),
    now: Date.now,
    onFault: (error) => {
      throw error;
    },
  });
  node.producer.start();
  return node;
}

/** Key number `n`, the same in every run. */
export const benchKey = (n: number): Keypair => keypairFromSeed(sha256(utf8(`bench key ${n}`)));
/** Account of a key. */
export const accountOf = (key: Keypair): string => bytesToHex(key.publicKey);
/** An account nobody has a key of. */
export const keylessAccount = (n: number): string => bytesToHex(sha256(utf8(`bench account ${n}`)));

/** Changes the state in a block of its own. */
export function edit(node: ChainNode, change: (ctx: Execution) => void): void {
  node.producer.produceEdited(change);
}

/** Gives accounts a balance. */
export function fund(ctx: Execution, accounts: Iterable<string>, rao = 1_000_000n * TAO): void {
  for (const who of accounts)
    must(ctx, { kind: "root" }, "Balances", "force_set_balance", { who: { type: "Id", value: who }, new_free: rao });
}

function must(ctx: Execution, origin: Origin, pallet: string, name: string, args: Record<string, unknown>): void {
  const result = ctx.dispatch({ pallet, name, args } as RuntimeCall, origin);
  if (result.type === "Err") throw new Error(`${pallet}.${name}: ${JSON.stringify(result.value)}`);
}

/** A subnet: who is on it and what its settings are. */
export interface SubnetShape {
  /** Hotkeys in uid order after the owner's. */
  readonly hotkeys: readonly string[];
  /** How many of the first uids are validators. */
  readonly validators: number;
  /** Weights in a validator's row. */
  readonly perRow: number;
  readonly tempo: number;
  readonly commitReveal: boolean;
}

/** Makes the subnet, with stake, weights and emission on, and ages it by two epochs so that bonds are there. */
export async function startSubnet(node: ChainNode, shape: SubnetShape): Promise<void> {
  const owner = accountOf(keypairFromUri("//Alice"));
  const signed: Origin = { kind: "signed", who: owner };
  edit(node, (ctx) => {
    fund(ctx, [owner]);
    must(ctx, signed, "SubtensorModule", "register_network", { hotkey: keylessAccount(-1) });
  });
  await node.producer.produce(2, () => false);
  edit(node, (ctx) => {
    const { state } = ctx;
    must(ctx, signed, "SubtensorModule", "start_call", { netuid: NETUID });
    state.put(S.Tempo, [NETUID], shape.tempo);
    state.put(S.WeightsSetRateLimit, [NETUID], 0n);
    state.put(S.CommitRevealWeightsEnabled, [NETUID], shape.commitReveal);
    state.put(S.SubnetEmissionEnabled, [NETUID], true);
    state.put(S.MaxAllowedUids, [NETUID], shape.hotkeys.length + 1);
    state.put(S.MaxAllowedValidators, [NETUID], shape.validators);
    const hotkeys = [keylessAccount(-1), ...shape.hotkeys];
    shape.hotkeys.forEach((hotkey, i) => {
      createHotkeyIfNew(state, keylessAccount(1_000_000 + i), hotkey);
      appendNeuron(state, NETUID, hotkey, ctx.block.number);
    });
    for (let uid = 0; uid < shape.validators; uid++) {
      const hotkey = hotkeys[uid] as string;
      const rao = BigInt(1_000 + uid) * TAO;
      increaseStake(state, hotkey, state.get(S.Owner, hotkey), NETUID, rao);
      state.mutate(S.SubnetAlphaOut, [NETUID], (out) => out + rao);
    }
    state.put(
      S.ValidatorPermit,
      [NETUID],
      hotkeys.map((_, uid) => uid < shape.validators),
    );
    for (let uid = 0; uid < shape.validators; uid++) state.put(S.Weights, [NETUID, uid], weightRow(shape, uid));
  });
  await nextEpoch(node);
  await nextEpoch(node);
}

function weightRow({ hotkeys, perRow }: SubnetShape, uid: number): [number, number][] {
  const n = hotkeys.length + 1;
  const step = Math.max(1, Math.floor(n / perRow));
  const row: [number, number][] = [];
  for (let i = 0; i < perRow && i * step < n; i++) {
    const to = (i * step + (step > 1 ? uid % step : 0)) % n;
    if (to !== uid) row.push([to, 1 + ((to * 7_919 + uid * 104_729) % 65_535)]);
  }
  return row;
}

/** Marks all validators as active now, so that the next epoch has them. */
export function keepActive(node: ChainNode): void {
  edit(node, ({ state, block }) => {
    state.mutate(S.LastUpdate, [NETUID], (updates) => updates.map(() => BigInt(block.number)));
  });
}

/** Makes blocks until the subnet's epoch has run. */
export async function nextEpoch(node: ChainNode): Promise<void> {
  await toBlockBeforeEpoch(node);
  await node.producer.produce(1, () => false);
}

/** Makes blocks until the next one has the subnet's epoch in it. */
export async function toBlockBeforeEpoch(node: ChainNode): Promise<void> {
  keepActive(node);
  const state = node.chain.headState();
  const due = Number(state.get(S.LastEpochBlock, NETUID)) + state.get(S.Tempo, NETUID);
  await node.producer.produce(due - 1 - node.chain.head.number, () => false);
}

/** Signs calls of one key, nonces in order, as a client would. */
export class Signer {
  readonly account: string;
  private readonly key: Keypair;
  private readonly node: ChainNode;
  private nonce: number;

  constructor(node: ChainNode, key: Keypair) {
    this.key = key;
    this.node = node;
    this.account = accountOf(key);
    this.nonce = node.chain.headState().get(system.storage.Account, this.account).nonce;
  }

  /** The bytes of an immortal transaction. */
  sign(call: RuntimeCall): Uint8Array {
    const callBytes = runtimeCall().enc(call);
    const extra = concatBytes(Uint8Array.of(0), compact(u32).enc(this.nonce++), compact(u64).enc(0n), Uint8Array.of(0));
    const genesisHash = hexToBytes(this.node.chain.genesis.hash);
    const { spec_version: specVersion, transaction_version: transactionVersion } = this.node.runtime.version;
    const implicit = { specVersion, transactionVersion, genesisHash, birthHash: genesisHash };
    const payload = signaturePayload(concatBytes(callBytes, extra), implicit);
    const address = multiAddress.enc({ type: "Id", value: this.account });
    const signature = multiSignature.enc({ type: "Sr25519", value: this.key.sign(payload) });
    const body = concatBytes(Uint8Array.of(0x84), address, signature, extra, callBytes);
    return concatBytes(compact(u32).enc(body.length), body);
  }
}
