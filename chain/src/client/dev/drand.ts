/** The local randomness beacon. */
import { ask, type Checked, checked, type Deadline, type DevRpc, WORK_MS } from "./rpc.ts";

/** What dev_setDrand does: write pulses up to a round, follow the chain's time, or stand still. */
export type DrandChange = { readonly round: number } | { readonly follow: true } | { readonly stall: true };

const drandShape = { mode: "string", lastRound: "number", scheduledRound: "number" } as const;

/** How pulses come, the last stored round, and the one due by the chain's clock. */
export type DrandInfo = Checked<typeof drandShape>;

/** dev_setDrand. */
export async function setDrand(rpc: DevRpc, change: DrandChange, { timeoutMs }: Deadline = {}): Promise<DrandInfo> {
  return checked("dev_setDrand", await ask(rpc, "dev_setDrand", [change], timeoutMs ?? WORK_MS), drandShape);
}
