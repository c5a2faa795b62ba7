import { dropExtrinsic } from "@subnetkit/chain/client/dev/node";
import { QUICK_MS } from "@subnetkit/chain/client/dev/rpc";
import { decodeExtrinsic } from "@subnetkit/chain/node/block/extrinsic";
import { encodeAddress } from "@subnetkit/shared/crypto/ss58";
import { appError } from "@subnetkit/shared/errors/app-error";
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { type TableColumn, tableLines } from "../../preview/table.ts";
import { hashWord } from "../text/words.ts";
import type { VerbRun } from "../verb.ts";

type Waiting = {
  readonly hash: string;
  readonly call: string;
  readonly signer: string | null;
  readonly nonce: number | null;
  readonly bytes: number;
};

const columns: readonly TableColumn<Waiting>[] = [
  { title: "HASH", right: false, cell: ({ hash }) => hash },
  { title: "SIGNER", right: false, cell: ({ signer }) => signer ?? "none" },
  { title: "NONCE", right: true, cell: ({ nonce }) => (nonce === null ? "-" : String(nonce)) },
  { title: "BYTES", right: true, cell: ({ bytes }) => String(bytes) },
  { title: "CALL", right: false, cell: ({ call }) => call },
];

/** `chain pool`. */
export const pool: VerbRun = async ({ rpc, flags }) => {
  if (flags["drop"] !== undefined) {
    const hash = await dropExtrinsic(rpc, hashWord("--drop", String(flags["drop"])));
    return { json: { dropped: hash }, lines: [`${hash} is out of the pool`] };
  }
  const pending = await rpc.request("author_pendingExtrinsics", [], QUICK_MS);
  if (!Array.isArray(pending))
    throw appError("E_CHAIN_SHAPE", { what: "answer to author_pendingExtrinsics", reason: "it is no list" });
  const waiting = pending.map((hex) => waitingOf(hexToBytes(String(hex))));
  return {
    json: { transactions: waiting },
    lines: waiting.length === 0 ? ["the pool is empty"] : tableLines(columns, waiting, 10_000),
  };
};

function waitingOf(bytes: Uint8Array): Waiting {
  const extrinsic = decodeExtrinsic(bytes);
  const { hash, call } = extrinsic;
  const common = { hash, call: `${call.pallet}.${call.name}`, bytes: bytes.length };
  if (extrinsic.kind === "bare") return { ...common, signer: null, nonce: null };
  const { signer, nonce } = extrinsic;
  return { ...common, signer: signer.type === "Id" ? encodeAddress(hexToBytes(signer.value)) : signer.type, nonce };
}
