import type { EventRecord } from "@polkadot/types/interfaces";
import type { DispatchError as CodecDispatchError } from "@polkadot/types/interfaces/system";
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { appError } from "@subnetkit/shared/errors/app-error";
import { bytesToHex, hexToBytes } from "@subnetkit/shared/util/bytes";
import type { ChainClient } from "./chain-client.ts";
import { dispatchRemedy } from "./refusal.ts";
import { readStorage } from "./storage.ts";

/** An event as plain data: accounts as ss58, numbers beyond 53 bits as hex text. */
export type ChainEvent = { readonly pallet: string; readonly name: string; readonly data: readonly unknown[] };

/** Why a call failed when it ran. For errors outside pallets `pallet` is the kind ("Token") and `name` the reason. */
export type DispatchError = { readonly pallet: string; readonly name: string; readonly docs: string };

/** What one block says about one extrinsic. */
export type Inclusion = {
  readonly blockHash: string;
  readonly blockNumber: number;
  readonly events: readonly ChainEvent[];
  readonly feeRao: bigint;
  readonly failure?: { readonly error: DispatchError; readonly remedy: string };
};

/** The hash by which pools and explorers know an extrinsic. */
export function extrinsicHash(hex: string): string {
  return bytesToHex(blake2b256(hexToBytes(hex)));
}

/** Reads block and events of an included extrinsic. Throws E_CHAIN_SHAPE when the block does not hold it, and the errors of `rpc`. */
export async function readInclusion(
  client: ChainClient,
  blockHash: string,
  txHash: string,
  timeoutMs: number,
): Promise<Inclusion> {
  const [body, records] = await Promise.all([
    client.rpc("chain_getBlock", [blockHash], { timeoutMs }),
    readStorage(client, "system", "events", [], { at: blockHash }),
  ]);
  const block = (body as { block?: { header?: { number?: string }; extrinsics?: readonly string[] } } | null)?.block;
  const index = block?.extrinsics?.findIndex((hex) => extrinsicHash(hex) === txHash) ?? -1;
  if (block === undefined || index < 0 || records === undefined) {
    throw appError("E_CHAIN_SHAPE", {
      what: "block",
      reason: "it does not hold the extrinsic it was reported to hold",
    });
  }
  // Our own type for the events storage: polkadot.js decodes it as Vec<FrameSystemEventRecord>.
  const ours = (records as unknown as readonly EventRecord[]).filter(
    ({ phase }) => phase.isApplyExtrinsic && phase.asApplyExtrinsic.toNumber() === index,
  );
  const failure = failureOf(client, ours);
  return {
    blockHash,
    blockNumber: Number(block.header?.number),
    events: ours.map(({ event }) => ({
      pallet: event.section,
      name: event.method,
      data: event.data.map((field) => field.toJSON()),
    })),
    feeRao: feeOf(ours),
    ...(failure === undefined ? {} : { failure: { error: failure, remedy: dispatchRemedy(failure.name) } }),
  };
}

function feeOf(records: readonly EventRecord[]): bigint {
  const paid = records.find(
    ({ event }) => event.section === "transactionPayment" && event.method === "TransactionFeePaid",
  );
  return BigInt(paid?.event.data[1]?.toString() ?? 0);
}

/** A failed extrinsic, a failed call inside sudo, or an interrupted batch: the last two report success for themselves (spec 8, trap 13). */
function failureOf(client: ChainClient, records: readonly EventRecord[]): DispatchError | undefined {
  for (const { event } of records) {
    const name = `${event.section}.${event.method}`;
    if (name === "system.ExtrinsicFailed") return decodeError(client, event.data[0] as unknown as CodecDispatchError);
    if (name === "sudo.Sudid") {
      const result = event.data[0] as unknown as { readonly isErr: boolean; readonly asErr: CodecDispatchError };
      if (result.isErr) return decodeError(client, result.asErr);
    }
    if (name === "utility.BatchInterrupted") return decodeError(client, event.data[1] as unknown as CodecDispatchError);
  }
  return undefined;
}

function decodeError(client: ChainClient, error: CodecDispatchError): DispatchError {
  if (error.isModule) {
    try {
      const { section, name, docs } = client.api.registry.findMetaError(error.asModule);
      return { pallet: section, name, docs: docs.join(" ") };
    } catch {
      const { index, error: code } = error.asModule;
      return {
        pallet: `pallet ${index.toString()}`,
        name: `error ${code.toHex()}`,
        docs: "The chain's metadata does not name it.",
      };
    }
  }
  const reason = error.value.toString();
  return { pallet: error.type, name: reason === "" ? error.type : reason, docs: "" };
}
