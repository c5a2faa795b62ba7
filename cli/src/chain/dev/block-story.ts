import type { NewBlock } from "@subnetkit/chain/node/block/block-news";
import type { Extrinsic } from "@subnetkit/chain/node/block/extrinsic";
import { dispatchErrorJson } from "@subnetkit/chain/node/rpc/outcome-json";
import type { DevDispatchError } from "@subnetkit/chain/client/dev/authority";
import { encodeAddress } from "@subnetkit/shared/crypto/ss58";
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { grouped } from "../../local/view/format.ts";
import { dispatchErrorName } from "../refused.ts";

/** What became of one transaction. */
export type ExtrinsicStory = {
  /** `SubtensorModule.set_weights`; for sudo `Sudo.sudo(AdminUtils.sudo_set_tempo)`. */
  readonly call: string;
  readonly signer: string | null;
  readonly hash: string;
  /** The error's name; null when it went well. */
  readonly error: string | null;
};

/** A block with what people want to know of it. Its inherents and the beacon's pulses are no news. */
export type BlockStory = {
  readonly number: number;
  readonly hash: string;
  readonly extrinsics: readonly ExtrinsicStory[];
  /** Hashes of blocks that left the chain with it. */
  readonly retracted: readonly string[];
  /** Ms it took to build. */
  readonly ms: number;
};

/** Tells a block. */
export function blockStory({ block, outcomes, retracted }: NewBlock, ms: number): BlockStory {
  const extrinsics = outcomes.flatMap((outcome): ExtrinsicStory[] => {
    if (outcome.kind === "refused" || outcome.extrinsic.kind === "bare") return [];
    const { extrinsic, result } = outcome;
    const error = result.type === "Ok" ? null : dispatchErrorName(dispatchErrorJson(result.value) as DevDispatchError);
    const { signer } = extrinsic;
    const address = signer.type === "Id" ? encodeAddress(hexToBytes(signer.value)) : null;
    return [{ call: callText(extrinsic.call), signer: address, hash: extrinsic.hash, error }];
  });
  return {
    number: block.number,
    hash: block.hash,
    extrinsics,
    retracted: retracted.map(({ hash }) => hash),
    ms: Math.round(ms * 10) / 10,
  };
}

function callText({ pallet, name, args }: Extrinsic["call"]): string {
  const inner = args["call"];
  const nested = typeof inner === "object" && inner !== null && "pallet" in inner && "name" in inner;
  return nested ? `${pallet}.${name}(${String(inner.pallet)}.${String(inner.name)})` : `${pallet}.${name}`;
}

/** `#12  set_weights ok x2, burned_register failed: TooManyRegistrationsThisBlock   0.8 ms`: equal ones folded. */
export function storyLine({ number, extrinsics, retracted, ms }: BlockStory): string {
  const folded = new Map<string, number>();
  for (const { call, error } of extrinsics) {
    const name = call.replaceAll(/\w+\.(?=\w)/g, "");
    const what = error === null ? `${name} ok` : `${name} failed: ${error.split(".").at(-1)}`;
    folded.set(what, (folded.get(what) ?? 0) + 1);
  }
  const parts = [...folded].map(([what, times]) => (times === 1 ? what : `${what} x${times}`));
  const forked = retracted.length > 0 ? [`reorg: ${retracted.length} replaced`] : [];
  return `#${grouped(number)}  ${[...forked, ...parts].join(", ") || "empty"}   ${ms.toFixed(1)} ms`;
}
