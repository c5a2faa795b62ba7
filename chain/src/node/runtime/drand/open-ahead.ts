import { commitments } from "../../../spec/pallets/commitments.ts";
import { drand } from "../../../spec/pallets/drand.ts";
import { subtensorModule } from "../../../spec/pallets/subtensor-module.ts";
import type { StateView } from "../../storage/state.ts";
import { type Beacon, scheduledRound } from "./beacon.ts";
import { isOpened, openTimelock } from "./open-timelock.ts";

/** A timelock is opened so long before its round is due, by the chain's clock. */
const AHEAD_SECONDS = 60;

/** What is opened ahead for. */
export interface AheadHost {
  /** Newest state. */
  view(): StateView;
  /** Hears of every new block until the returned function is called. */
  onBlock(listener: () => void): () => void;
  /** Told of an exception, as of one in a pallet: a state that was written raw may not decode. The chain goes on. */
  onFault(error: unknown): void;
}

interface Locked {
  readonly ciphertext: Uint8Array;
  readonly round: bigint;
}

/**
 * Opens stored timelocks between blocks, one at a time, so that a block that reveals many has them ready: 64 would take it more than a second. Nothing
 * of what is opened is looked at before its round is stored. Until the returned function is called.
 */
export function openAhead(host: AheadHost, beacon: Pick<Beacon, "pulseOf">): () => void {
  let turn: NodeJS.Immediate | undefined;
  let closed: Iterator<Closed> | undefined;
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      closed = undefined;
      host.onFault(error);
    }
  };
  const openOne = (): void => {
    turn = undefined;
    const next = closed?.next();
    if (next === undefined || next.done === true) return;
    openTimelock(next.value.ciphertext, next.value.signature);
    turn = later();
  };
  const later = (): NodeJS.Immediate => setImmediate(() => guarded(openOne));
  const disconnect = host.onBlock(() =>
    guarded(() => {
      const state = host.view();
      closed = holdsTimelocks(state) ? closedIn(state, beacon) : undefined;
      if (closed !== undefined) turn ??= later();
    }),
  );
  return () => {
    disconnect();
    clearImmediate(turn);
  };
}

/** A timelock that is not open, with the signature of its round. */
interface Closed {
  readonly ciphertext: Uint8Array;
  readonly signature: Uint8Array;
}

function* closedIn(state: StateView, beacon: Pick<Beacon, "pulseOf">): Iterator<Closed> {
  const { period } = state.derived(drand.storage.BeaconConfig, beaconPeriod);
  const last = scheduledRound(state) + BigInt(Math.ceil(AHEAD_SECONDS / period));
  const signatures = new Map<bigint, Uint8Array | undefined>();
  for (const { ciphertext, round } of lockedIn(state)) {
    if (round > last) continue;
    if (!signatures.has(round))
      signatures.set(round, (state.get(drand.storage.Pulses, round) ?? beacon.pulseOf?.(round))?.signature);
    const signature = signatures.get(round);
    if (signature !== undefined && !isOpened(ciphertext, signature)) yield { ciphertext, signature };
  }
}

const holdsTimelocks = (state: StateView): boolean =>
  state.derived(subtensorModule.storage.TimelockedWeightCommits, lockedWeights).length > 0 ||
  state.derived(commitments.storage.TimelockedIndex, lockedHotkeys).length > 0;

function* lockedIn(state: StateView): Iterable<Locked> {
  yield* state.derived(subtensorModule.storage.TimelockedWeightCommits, lockedWeights);
  for (const [netuid, who] of state.derived(commitments.storage.TimelockedIndex, lockedHotkeys))
    for (const { type, value } of state.get(commitments.storage.CommitmentOf, netuid, who)?.info.fields ?? [])
      if (type === "TimelockEncrypted") yield { ciphertext: value.encrypted, round: value.reveal_round };
}

const lockedWeights = (state: StateView): readonly Locked[] =>
  [...state.iterate(subtensorModule.storage.TimelockedWeightCommits)].flatMap(({ value }) =>
    value.map(([, , ciphertext, round]) => ({ ciphertext, round })),
  );

const lockedHotkeys = (state: StateView): readonly [number, string][] => state.get(commitments.storage.TimelockedIndex);

const beaconPeriod = (state: StateView): { readonly period: number } => state.get(drand.storage.BeaconConfig);
