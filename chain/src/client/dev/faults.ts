/** Faults on purpose: what a miner or a validator must live through. dev_* methods are never hit. */
import { ask, type Checked, checked, checkedList, type Deadline, type DevRpc } from "./rpc.ts";

/**
 * What goes wrong: the answer is lost, comes late (ms), is an error; the connection is cut; or subscriptions fall silent while it stays open.
 */
export type FaultEffect =
  | { readonly drop: true }
  | { readonly delay: number }
  | { readonly error: true | { readonly code?: number; readonly message?: string } }
  | { readonly close: true }
  | { readonly mute: true };

/** A fault: its effect, the methods it hits (`state_*`; all where absent), the share of them (above 0, up to 1), how often (for ever where absent). */
export type FaultRequest = FaultEffect & {
  readonly method?: string;
  readonly rate?: number;
  readonly count?: number;
  /** Source of the chances: the same seed hits the same requests. */
  readonly seed?: number;
};

const faultShape = { id: "number", kind: "string", method: "string", rate: "number", hits: "number" } as const;

/** A fault in force, and how often it has hit. */
export type FaultRef = Checked<typeof faultShape>;

/** dev_setFault; the id of the fault. */
export async function setFault(rpc: DevRpc, fault: FaultRequest, { timeoutMs }: Deadline = {}): Promise<number> {
  return checked("dev_setFault", await ask(rpc, "dev_setFault", [fault], timeoutMs), { id: "number" }).id;
}

/** dev_faults: those in force, oldest first. */
export async function faults(rpc: DevRpc, { timeoutMs }: Deadline = {}): Promise<readonly FaultRef[]> {
  return checkedList("dev_faults", await ask(rpc, "dev_faults", [], timeoutMs), faultShape);
}

/** dev_clearFaults: takes one away, or all; how many there were. */
export async function clearFaults(rpc: DevRpc, id?: number, { timeoutMs }: Deadline = {}): Promise<number> {
  const answer = await ask(rpc, "dev_clearFaults", [id === undefined ? {} : { id }], timeoutMs);
  return checked("dev_clearFaults", answer, { cleared: "number" }).cleared;
}
