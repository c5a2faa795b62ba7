/**
 * Runtime upgrades. The block that enacts one changes `:code` and says so in its digest; from its state on the new version holds, and the block after it
 * writes LastRuntimeUpgrade (frame_executive's order).
 */
import { RUNTIME_VERSION, system } from "../../../spec/pallets/system.ts";
import { CODE_KEY, type StateView } from "../../storage/state.ts";
import type { Ctx } from "../pallet.ts";
import { runtimeCode, specVersionOf } from "./code.ts";

/** Changes the runtime to another spec version, in the running block. */
export function upgradeRuntime(ctx: Ctx, specVersion: number): void {
  const { spec_name } = RUNTIME_VERSION;
  enactCode(ctx, runtimeCode({ spec_name, spec_version: specVersion }));
}

/** Makes these bytes the runtime from the next block on, and says so in the digest and by CodeUpdated. */
export function enactCode(ctx: Ctx, code: Uint8Array): void {
  ctx.state.putRaw(CODE_KEY, code);
  const { logs } = ctx.state.get(system.storage.Digest);
  ctx.state.put(system.storage.Digest, [], { logs: [...logs, { type: "RuntimeEnvironmentUpdated" }] });
  ctx.emit(system, "CodeUpdated", undefined);
}

const lastVersion = (state: StateView): number | undefined =>
  state.get(system.storage.LastRuntimeUpgrade)?.spec_version;

/** Writes LastRuntimeUpgrade in the first block of a new version. */
export function noteRuntimeUpgrade(ctx: Ctx): void {
  const code = ctx.state.getRaw(CODE_KEY);
  const version = code === undefined ? undefined : specVersionOf(code);
  if (version === undefined || ctx.state.derived(system.storage.LastRuntimeUpgrade, lastVersion) === version) return;
  if (ctx.state.get(system.storage.Digest).logs.some(({ type }) => type === "RuntimeEnvironmentUpdated")) return;
  const { spec_name } = RUNTIME_VERSION;
  ctx.state.put(system.storage.LastRuntimeUpgrade, [], { spec_version: version, spec_name });
}
