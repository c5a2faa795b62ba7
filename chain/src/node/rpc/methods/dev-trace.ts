/** Looking into blocks: dev_dryRun, dev_traceBlock and dev_diff. Nothing is changed. */
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { Writer } from "../../../spec/cursor.ts";
import { type RuntimeCall, runtimeCall } from "../../../spec/call.ts";
import { ScaleError } from "../../../spec/cursor.ts";
import { applyExtrinsic } from "../../block/apply.ts";
import type { Block } from "../../block/block.ts";
import { decodeExtrinsic, type Extrinsic } from "../../block/extrinsic.ts";
import type { PhaseTrace } from "../../block/replay.ts";
import { checkExtrinsic, feeFor } from "../../block/validity.ts";
import type { ChainNode } from "../../create-node.ts";
import type { DispatchResult, Origin } from "../../runtime/pallet.ts";
import { hotkeysOf } from "../../runtime/subtensor/state/neurons.ts";
import type { StorageKey } from "../../storage/keys.ts";
import { blockRef } from "../block-ref.ts";
import { discarded } from "../block-at.ts";
import { callFromJson } from "../call-from-json.ts";
import { type ChangeJson, decodedChanges } from "../decoded-changes.ts";
import { epochTable } from "../epoch-table.ts";
import { errorWithDocs } from "../error-text.ts";
import { callJson, extrinsicJson } from "../extrinsic-json.ts";
import type { MethodTable } from "../method.ts";
import { eventsJson } from "../outcome-json.ts";
import { type Params, wholeNumber } from "../params.ts";
import { replayKept, tryOn } from "../replay-node.ts";
import { invalidParams, RpcError } from "../rpc-error.ts";
import { refusal } from "./author.ts";
import { accountOf, originOf } from "./dev-authority.ts";

/** Changes one dev_diff answers with. */
const MAX_CHANGES = 10_000;
const ADDRESS = "extrinsic.address must be an SS58 address or a public key as 0x hex";

/** The verbs. */
export function devTraceMethods(node: ChainNode): MethodTable {
  return {
    dev_dryRun: (params) => dryRun(node, params),
    dev_traceBlock: (params) => traceBlock(node, params),
    dev_diff: (params) => diff(node, params),
  };
}

type Try =
  | { readonly kind: "extrinsic"; readonly extrinsic: Extrinsic }
  | { readonly kind: "call"; readonly call: RuntimeCall; readonly origin: Origin };

/** What an extrinsic, or a call from an origin, comes to on the state after a block: result, events, storage changes, fee. */
function dryRun(node: ChainNode, params: Params): Record<string, unknown> {
  const fields = params.object(0);
  const what = tryOf(fields);
  const block = blockRef(node, fields["at"], "at");
  const { replay, faults } = tryOn(node, block);
  const at = { block: block.number, hash: block.hash };
  if (what.kind === "call") {
    const trace = replay.phase({ type: "ApplyExtrinsic", value: 0 }, (execution) => {
      const feeRao = feeFor(execution, decodeExtrinsic(asSigned(what.call)));
      return {
        feeRao: what.origin.kind === "signed" ? feeRao : 0n,
        outcome: execution.dispatch(what.call, what.origin),
      };
    });
    const { feeRao, outcome } = trace.result;
    return { ...at, ...callJson(what.call), ...told(outcome, faults), feeRao: String(feeRao), ...seen(trace) };
  }
  const { extrinsic } = what;
  const trace = replay.phase({ type: "ApplyExtrinsic", value: 0 }, (execution) => {
    const validity = checkExtrinsic(execution, extrinsic, node.chain.genesis.hash);
    const refused = validity.kind !== "valid" ? refusal(validity) : undefined;
    if (refused !== undefined) return { refused };
    const tip = extrinsic.kind === "signed" ? extrinsic.tip : 0n;
    const feeRao = feeFor(execution, extrinsic) + tip;
    return { feeRao, outcome: applyExtrinsic(execution, extrinsic, 0) };
  });
  const named = { ...at, ...extrinsicJson(extrinsic) };
  if (trace.result.outcome === undefined) {
    const { code, message, data } = trace.result.refused;
    return {
      ...named,
      ok: false,
      error: { type: "Invalid", code, message, data: data ?? null },
      feeRao: "0",
      events: [],
      changes: [],
    };
  }
  return { ...named, ...told(trace.result.outcome, faults), feeRao: String(trace.result.feeRao), ...seen(trace) };
}

function told(outcome: DispatchResult, faults: readonly unknown[]): Record<string, unknown> {
  const error = outcome.type === "Ok" ? null : errorWithDocs(outcome.value);
  return { ok: error === null, error, ...(faults.length > 0 ? { fault: String(faults[0]) } : {}) };
}

function seen(trace: PhaseTrace<unknown>): { events: unknown[]; changes: ChangeJson[] } {
  const events = eventsJson(trace.state).map(({ phase: _phase, ...event }) => event);
  const after = new Map(trace.changes);
  const keys = trace.changes.map(([key]) => key);
  return { events, changes: decodedChanges(keys, trace.before, { get: (key) => after.get(key), keys: () => [] }) };
}

const WHAT = "dev_dryRun takes {extrinsic: hex} or {call, origin}, and optionally at";

/** `{extrinsic: hex}`, chopsticks' `{extrinsic: {call, address}}`, or `{call, origin}`. */
function tryOf({ extrinsic, call, origin }: Readonly<Record<string, unknown>>): Try {
  if ((extrinsic === undefined) === (call === undefined)) throw invalidParams(WHAT);
  if (call !== undefined) return { kind: "call", call: callFromJson(call), origin: originOf(origin) };
  if (typeof extrinsic === "object" && extrinsic !== null) {
    const { call: inner, address } = extrinsic as Record<string, unknown>;
    return { kind: "call", call: callFromJson(inner), origin: { kind: "signed", who: accountOf(address, ADDRESS) } };
  }
  if (typeof extrinsic !== "string" || !/^0x([0-9a-fA-F]{2})+$/.test(extrinsic)) throw invalidParams(WHAT);
  try {
    return { kind: "extrinsic", extrinsic: decodeExtrinsic(hexToBytes(extrinsic)) };
  } catch (cause) {
    if (cause instanceof ScaleError) throw invalidParams(`extrinsic does not decode: ${cause.message}`);
    throw cause;
  }
}

/** A call as the transaction it would be: what its fee is counted for. */
function asSigned(call: RuntimeCall): Uint8Array {
  const body = new Writer();
  body.u8(0x84);
  body.put(new Uint8Array(33));
  body.put(Uint8Array.of(1));
  body.put(new Uint8Array(64 + 4));
  body.put(runtimeCall().enc(call));
  const bytes = body.finish();
  const out = new Writer();
  out.compact(bytes.length);
  out.put(bytes);
  return out.finish();
}

/** Runs a kept block again and tells each phase; with `index` only that extrinsic's. */
function traceBlock(node: ChainNode, params: Params): Record<string, unknown> {
  const fields = params.object(0);
  const block = blockRef(node, fields["block"], "block");
  const index = fields["index"] === undefined ? undefined : wholeNumber(fields["index"], 0, 1_000_000, "index");
  if (index !== undefined && index >= block.body.length)
    throw new RpcError(-32_000, `Block ${block.number} has ${block.body.length} extrinsics, the first is 0`);
  const { phases, epochs, same } = replayKept(node, block);
  const wanted = phases.filter(
    ({ phase }) => index === undefined || (phase.type === "ApplyExtrinsic" && phase.value === index),
  );
  return {
    block: block.number,
    hash: block.hash,
    parentHash: block.header.parent_hash,
    // False where the rules of the node have changed since, or a verb changed the state in a process before this one.
    same,
    phases: wanted.map((one) => ({
      phase: one.phase.type === "ApplyExtrinsic" ? { ApplyExtrinsic: one.phase.value } : one.phase.type,
      ...(one.extrinsic === undefined ? {} : { extrinsic: extrinsicJson(one.extrinsic) }),
      ...(one.result === undefined ? {} : told(one.result, [])),
      ...seen(one),
    })),
    epochs:
      index === undefined
        ? epochs.map(({ netuid, mechanism, input }) =>
            epochTable(
              netuid,
              mechanism,
              input,
              hotkeysOf(stateOf(node, block), netuid).slice(0, input.lastUpdate.length),
            ),
          )
        : [],
  };
}

const stateOf = (node: ChainNode, block: Block): NonNullable<ReturnType<ChainNode["chain"]["stateAt"]>> => {
  const state = node.chain.stateAt(block);
  if (state === undefined) throw discarded(block.hash, node);
  return state;
};

/** What differs in storage between two kept blocks, of the chain or of forks. */
function diff(node: ChainNode, params: Params): Record<string, unknown> {
  const fields = params.object(0);
  if (fields["from"] === undefined) throw invalidParams("dev_diff takes {from, to}: block hashes or numbers");
  const from = blockRef(node, fields["from"], "from");
  const to = blockRef(node, fields["to"], "to");
  const [before, after] = [stateOf(node, from), stateOf(node, to)];
  const changes = decodedChanges(
    touchedBetween(node, from, to),
    { get: (key) => before.getRaw(key), keys: () => [] },
    { get: (key) => after.getRaw(key), keys: () => [] },
  );
  const left = changes.length - MAX_CHANGES;
  return {
    from: { block: from.number, hash: from.hash },
    to: { block: to.number, hash: to.hash },
    changes: changes.slice(0, MAX_CHANGES),
    ...(left > 0 ? { leftOut: left } : {}),
  };
}

/** Keys that blocks on the way from one to the other wrote: down to where their branches part, and up again. */
function touchedBetween(node: ChainNode, from: Block, to: Block): Set<StorageKey> {
  const keys = new Set<StorageKey>();
  let [left, right]: (Block | undefined)[] = [from, to];
  while (left !== undefined && right !== undefined && left.hash !== right.hash) {
    const higher: Block = left.number >= right.number ? left : right;
    for (const [key] of higher.changes) keys.add(key);
    const parent = node.chain.block(higher.header.parent_hash);
    if (parent === undefined) throw discarded(higher.header.parent_hash, node);
    if (higher === left) left = parent;
    else right = parent;
  }
  return keys;
}
