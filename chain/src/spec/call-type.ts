/**
 * The runtime call: one value for every dispatchable of every pallet. This half is what pallet tables import: pallets whose calls hold calls
 * (Utility, Sudo) need the type before the list of pallets is complete, so the list is linked in afterwards. Everyone else imports call.ts.
 */
import type { Reader, Writer } from "./cursor.ts";
import { ScaleError } from "./cursor.ts";
import { callVariants, type PalletSpec } from "./define.ts";
import { type AnyScale, type ScaleType, type TypeDef, lazy, scaleType } from "./scale/scale-type.ts";
import { readFields, writeFields } from "./scale/structs.ts";

/** A decoded call. Names are the runtime's own: `SubtensorModule`, `set_weights`. */
export interface RuntimeCall {
  readonly pallet: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** SCALE type of a {@link RuntimeCall}: pallet index, call index, arguments. Nesting deeper than 8 calls fails to decode. */
export function runtimeCall(): ScaleType<RuntimeCall> {
  return lazy(() => {
    built ??= buildCallType(linkedPallets());
    return built;
  }, 2);
}

let built: ScaleType<RuntimeCall> | undefined;
let linked: readonly PalletSpec[] | undefined;

/** Completes the call and event types. Called once, by the list of pallets. */
export function linkPallets(pallets: readonly PalletSpec[]): void {
  linked = pallets;
}

/** The pallets that calls and events are made of. */
export function linkedPallets(): readonly PalletSpec[] {
  if (linked === undefined) throw new ScaleError("the list of pallets is not loaded");
  return linked;
}

interface CallEntry {
  readonly pallet: PalletSpec;
  readonly name: string;
  readonly index: number;
  readonly args: readonly (readonly [string, AnyScale])[];
}

function buildCallType(pallets: readonly PalletSpec[]): ScaleType<RuntimeCall> {
  const entries: CallEntry[] = pallets.flatMap((pallet) =>
    Object.entries(pallet.calls).map(([name, call]) => ({
      pallet,
      name,
      index: call.index,
      args: Object.entries(call.args),
    })),
  );
  const byIndex = new Map(entries.map((entry) => [entry.pallet.index * 256 + entry.index, entry]));
  const byName = new Map(entries.map((entry) => [`${entry.pallet.name}.${entry.name}`, entry]));
  const write = (out: Writer, call: RuntimeCall): void => {
    const entry = byName.get(`${call.pallet}.${call.name}`);
    if (entry === undefined) throw new ScaleError(`no call ${call.pallet}.${call.name}`);
    out.u8(entry.pallet.index);
    out.u8(entry.index);
    writeFields(out, entry.args, call.args);
  };
  const read = (input: Reader): RuntimeCall =>
    input.nested(() => {
      const pallet = input.u8();
      const entry = byIndex.get(pallet * 256 + input.u8());
      if (entry === undefined) throw new ScaleError(`no call in pallet ${pallet} with that index`);
      return { pallet: entry.pallet.name, name: entry.name, args: readFields(input, entry.args) };
    });
  return scaleType(callDef(pallets), 2, write, read);
}

function callDef(pallets: readonly PalletSpec[]): TypeDef {
  const variants = pallets
    .filter((pallet) => Object.keys(pallet.calls).length > 0)
    .map((pallet) => ({
      name: pallet.name,
      index: pallet.index,
      fields: [{ type: palletEnum(pallet, "Call", callVariants(pallet)) }],
    }));
  return { kind: "variant", path: "node_subtensor_runtime::RuntimeCall", params: [], variants };
}

/** A pallet's call, event or error enum for metadata. It describes; values of it are encoded by the runtime's own types. */
export function palletEnum(
  pallet: PalletSpec,
  name: "Call" | "Event" | "Error",
  variants: ReturnType<typeof callVariants>,
): AnyScale {
  const unused = (): never => {
    throw new ScaleError(`${pallet.name} ${name} is a description only`);
  };
  return scaleType<unknown>(
    { kind: "variant", path: `${pallet.crate}::pallet::${name}`, params: [], variants },
    1,
    unused,
    unused,
  );
}
