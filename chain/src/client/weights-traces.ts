import type { GenericExtrinsic } from "@polkadot/types";
import type { Codec } from "@polkadot/types/types";
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { decodeAddress } from "@subnetkit/shared/crypto/ss58";
import { appError } from "@subnetkit/shared/errors/app-error";
import { bytesToHex, hexToBytes } from "@subnetkit/shared/util/bytes";
import type { ChainClient } from "./chain-client.ts";
import { extrinsicHash } from "./inclusion.ts";
import { type AtBlock, readNumber, readStorage } from "./storage.ts";

/** What the chain holds about one hotkey's part in a subnet's weights, as of one block. */
export type WeightsStanding = {
  /** Extrinsics that the hotkey's account has signed so far. */
  readonly nonce: number;
  /** Undefined when the hotkey is not registered on the subnet; then the blocks are 0. */
  readonly uid: number | undefined;
  /** Block of the last weights, commit, or registration. */
  readonly lastUpdate: number;
  readonly registeredAt: number;
};

/** Reads a hotkey's standing at a block. Throws E_CHAIN_SHAPE and the errors of `rpc`. */
export async function readWeightsStanding(
  client: ChainClient,
  netuid: number,
  hotkey: string,
  at: AtBlock,
): Promise<WeightsStanding> {
  const [account, uidCodec] = await Promise.all([
    readStorage(client, "system", "account", [hotkey], at),
    readStorage(client, "subtensorModule", "uids", [netuid, hotkey], at),
  ]);
  const nonce = Number((account?.toJSON() as { readonly nonce?: number } | null | undefined)?.nonce ?? 0);
  if (uidCodec === undefined) return { nonce, uid: undefined, lastUpdate: 0, registeredAt: 0 };
  const uid = Number(uidCodec.toString());
  const [updates, registeredAt] = await Promise.all([
    readStorage(client, "subtensorModule", "lastUpdate", [netuid], at),
    readNumber(client, "subtensorModule", "blockAtRegistration", [netuid, uid], at),
  ]);
  const all: unknown = updates?.toJSON();
  return { nonce, uid, lastUpdate: Array.isArray(all) ? Number(all[uid] ?? 0) : 0, registeredAt };
}

/** A commit that waits on the chain to be revealed. */
export type WaitingCommit = {
  readonly kind: "hash" | "timelocked";
  /** The committed hash, or blake2-256 of the encrypted commit; 0x hex. */
  readonly hash: string;
  /** Epoch counter that the commit counts for. */
  readonly epoch: number;
  readonly block: number;
};

/** The unrevealed commits of a hotkey, hash commits first; timelocked ones of the epochs named. Throws the errors of `rpc`. */
export async function readWaitingCommits(
  client: ChainClient,
  netuid: number,
  hotkey: string,
  epochs: readonly number[],
  at: AtBlock,
): Promise<readonly WaitingCommit[]> {
  const [hashed, ...sealed] = await Promise.all([
    readStorage(client, "subtensorModule", "weightCommits", [netuid, hotkey], at),
    ...epochs.map((epoch) => readStorage(client, "subtensorModule", "timelockedWeightCommits", [netuid, epoch], at)),
  ]);
  return [
    ...rowsOf(hashed).map(
      ([hash, epoch, block]): WaitingCommit => ({
        kind: "hash",
        hash: String(hash),
        epoch: Number(epoch),
        block: Number(block),
      }),
    ),
    ...sealed.flatMap((queue, i) =>
      rowsOf(queue)
        .filter(([who]) => who === hotkey)
        .map(
          ([, block, commit]): WaitingCommit => ({
            kind: "timelocked",
            hash: timelockedCommitHash(hexToBytes(String(commit))),
            epoch: epochs[i] ?? 0,
            block: Number(block),
          }),
        ),
    ),
  ];
}

/** The hash by which the chain's `TimelockedWeightsCommitted` event names an encrypted commit, 0x hex. */
export function timelockedCommitHash(commit: Uint8Array): string {
  return bytesToHex(blake2b256(commit));
}

/** One extrinsic that touches the weights of a subnet. */
export type WeightsExtrinsic = {
  readonly txHash: string;
  readonly nonce: number;
  /** `pallet.call`, of the outermost call. */
  readonly call: string;
  /** Whether it only reveals what was committed before. */
  readonly reveals: boolean;
};

/** What a block holds of one hotkey. */
export type BlockTraces = {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  /** In the order of the block. */
  readonly extrinsics: readonly WeightsExtrinsic[];
};

/**
 * The extrinsics of a block that a hotkey signed to set, commit or reveal weights on a subnet, calls inside batches included. Throws E_CHAIN_SHAPE when
 * the node does not have the block, and the errors of `rpc`.
 */
export async function readBlockTraces(
  client: ChainClient,
  netuid: number,
  hotkey: string,
  blockHash: string,
): Promise<BlockTraces> {
  const answer = (await client.rpc("chain_getBlock", [blockHash])) as {
    readonly block?: {
      readonly header?: { readonly number?: string; readonly parentHash?: string };
      readonly extrinsics?: readonly string[];
    };
  } | null;
  const header = answer?.block?.header;
  const bodies = answer?.block?.extrinsics;
  if (header?.number === undefined || header.parentHash === undefined || bodies === undefined)
    throw appError("E_CHAIN_SHAPE", { what: `block ${blockHash}`, reason: "the node does not have it" });
  // The key of who signed is in the bytes: looking for it takes a sixtieth of the time of taking an extrinsic apart.
  const key = bytesToHex(decodeAddress(hotkey)).slice(2);
  const extrinsics = bodies.flatMap((hex): WeightsExtrinsic[] => {
    if (!hex.toLowerCase().includes(key)) return [];
    const extrinsic = client.api.registry.createType<GenericExtrinsic>("Extrinsic", hex);
    if (!extrinsic.isSigned || extrinsic.signer.toString() !== hotkey) return [];
    const found = weightCalls(extrinsic.method as unknown as CallLike, netuid);
    if (found.length === 0) return [];
    const { section, method } = extrinsic.method;
    return [
      {
        txHash: extrinsicHash(hex),
        nonce: extrinsic.nonce.toNumber(),
        call: `${section}.${method}`,
        reveals: found.every((name) => /reveal/i.test(name)),
      },
    ];
  });
  return { number: Number(header.number), hash: blockHash, parentHash: header.parentHash, extrinsics };
}

type CallLike = {
  readonly section: string;
  readonly method: string;
  readonly argsEntries: readonly (readonly [string, Codec])[];
};

const isCall = (value: unknown): value is CallLike =>
  typeof value === "object" && value !== null && "section" in value && "method" in value && "argsEntries" in value;

/** Calls nested deeper than this are not looked at: a hotkey's own tools nest one or two deep. */
const deepest = 8;

/** Names of the weight calls for a subnet in a call and in what it wraps. */
function weightCalls(call: CallLike, netuid: number, depth = 0): readonly string[] {
  if (depth > deepest) return [];
  if (call.section === "subtensorModule" && /weights$/i.test(call.method)) {
    const named = call.argsEntries
      .filter(([name]) => /^netuids?$/i.test(name))
      .flatMap(([, value]) => numbersOf(value));
    return named.includes(netuid) ? [call.method] : [];
  }
  return call.argsEntries.flatMap(([, value]) =>
    (Array.isArray(value) ? (value as unknown[]) : [value])
      .filter(isCall)
      .flatMap((inner) => weightCalls(inner, netuid, depth + 1)),
  );
}

function numbersOf(value: Codec): readonly number[] {
  const json: unknown = value.toJSON();
  return (Array.isArray(json) ? (json as unknown[]) : [json]).map(Number);
}

function rowsOf(value: Codec | undefined): readonly (readonly unknown[])[] {
  const json: unknown = value?.toJSON();
  return Array.isArray(json) ? (json as unknown as readonly (readonly unknown[])[]) : [];
}
