/** JSON of what a dispatch comes to: its error by name, and events. */
import { palletSpecs } from "../../spec/pallets.ts";
import { eventRecord } from "../../spec/event.ts";
import { system } from "../../spec/pallets/system.ts";
import { vec } from "../../spec/scale/sequences.ts";
import type { DispatchError } from "../../spec/types.ts";
import { itemPrefix } from "../storage/keys.ts";
import type { State } from "../storage/state.ts";
import { scaleToJson } from "./scale-to-json.ts";

/** An event by name. */
export interface EventJson {
  readonly pallet: string;
  readonly name: string;
  readonly fields: unknown;
  /** `Initialization`, `Finalization` or `{ApplyExtrinsic: index}`. */
  readonly phase: unknown;
}

/** An error by name: `{type: "Module", pallet, name}`, `{type: "Token", name}`, `{type: "BadOrigin"}` and the like. */
export function dispatchErrorJson(error: DispatchError): Readonly<Record<string, unknown>> {
  if (error.type === "Module") {
    const { index, error: code } = error.value;
    const pallet = palletSpecs.find((one) => one.index === index);
    return { type: "Module", pallet: pallet?.name ?? index, name: pallet?.errors[code[0] ?? 0] ?? code[0] };
  }
  const value: unknown = "value" in error ? error.value : undefined;
  const name = typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
  return name === undefined ? { type: error.type } : { type: error.type, name };
}

/** Events a state holds, in order. */
export function eventsJson(state: State & { getRaw(key: `0x${string}`): Uint8Array | undefined }): EventJson[] {
  const raw = state.getRaw(itemPrefix(system.storage.Events));
  if (raw === undefined) return [];
  const records = scaleToJson(vec(eventRecord()), raw) as {
    readonly phase: unknown;
    readonly event: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;
  }[];
  return records.map(({ phase, event }) => {
    const [pallet = "", inner = ""] = Object.entries(event)[0] ?? [];
    const [name = "", fields = null] = typeof inner === "string" ? [inner] : (Object.entries(inner)[0] ?? []);
    return { pallet, name, fields, phase };
  });
}
