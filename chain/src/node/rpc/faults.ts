/**
 * Faults on purpose: what a validator must live through. A fault hits requests by method; dev_* methods are never hit, so that a fault can always be
 * taken away. Chances come from a seed, so a run repeats.
 */
import { createRandom } from "@subnetkit/shared/subnet/random";

/** What goes wrong. */
export type FaultEffect =
  /** The request is carried out and its answer lost: a subscription it would open never begins. */
  | { readonly kind: "drop" }
  /** The request is carried out and answered later. */
  | { readonly kind: "delay"; readonly delayMs: number }
  /** The request is not carried out and answered with an error. */
  | { readonly kind: "error"; readonly code: number; readonly message: string }
  /** The connection is cut without a word; the request is not carried out. */
  | { readonly kind: "close" }
  /** Subscriptions opened by the method hear nothing while the connection stays: half open. Each event counts as a hit. */
  | { readonly kind: "mute" };

/** A fault and whom it hits. */
export interface FaultSpec {
  readonly effect: FaultEffect;
  /** Method names, with * for any characters. */
  readonly method: string;
  /** Chance of a hit, above 0 up to 1. */
  readonly rate: number;
  /** Hits after which the fault ends; undefined: it stays. */
  readonly count?: number;
  readonly seed: number;
}

/** A fault in force. */
export interface ActiveFault extends FaultSpec {
  readonly id: number;
  /** Requests or events it has hit. */
  readonly hits: number;
}

/** Faults at once. */
export const MAX_FAULTS = 64;

interface Entry {
  readonly id: number;
  readonly spec: FaultSpec;
  readonly matches: RegExp;
  readonly random: () => number;
  hits: number;
}

/** The faults of a server. */
export class RpcFaults {
  private readonly entries = new Map<number, Entry>();
  private nextId = 1;

  /** Faults in force, oldest first. */
  get active(): readonly ActiveFault[] {
    return [...this.entries.values()].map(({ id, spec, hits }) => ({ ...spec, id, hits }));
  }

  /** Puts a fault in force and returns its id; undefined where there are {@link MAX_FAULTS} already. */
  add(spec: FaultSpec): number | undefined {
    if (this.entries.size >= MAX_FAULTS) return undefined;
    const id = this.nextId++;
    const random = createRandom(`fault ${spec.seed}`);
    this.entries.set(id, { id, spec, matches: glob(spec.method), random: () => random.next(), hits: 0 });
    return id;
  }

  /** Takes a fault away. False where there is none of that id. */
  remove(id: number): boolean {
    return this.entries.delete(id);
  }

  /** Takes all away. */
  clear(): void {
    this.entries.clear();
  }

  /** What happens to a request of a method: the oldest fault that hits it. */
  onRequest(method: string): Exclude<FaultEffect, { kind: "mute" }> | undefined {
    const effect = this.hit(method, (kind) => kind !== "mute");
    return effect === undefined || effect.kind === "mute" ? undefined : effect;
  }

  /** True when an event of a subscription that a method opened is swallowed. */
  onEvent(method: string): boolean {
    return this.hit(method, (kind) => kind === "mute") !== undefined;
  }

  private hit(method: string, wanted: (kind: FaultEffect["kind"]) => boolean): FaultEffect | undefined {
    if (this.entries.size === 0 || method.startsWith("dev_")) return undefined;
    for (const entry of this.entries.values()) {
      const { spec } = entry;
      if (!wanted(spec.effect.kind) || !entry.matches.test(method) || entry.random() >= spec.rate) continue;
      entry.hits += 1;
      if (spec.count !== undefined && entry.hits >= spec.count) this.entries.delete(entry.id);
      return spec.effect;
    }
    return undefined;
  }
}

function glob(pattern: string): RegExp {
  const escaped = pattern.split(/\*+/).map((part) => part.replaceAll(/[^\w]/g, String.raw`\$&`));
  return new RegExp(`^${escaped.join(".*")}$`);
}
