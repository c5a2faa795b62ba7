/** The runtime event: one value for every event of every pallet, and the record of it in System.Events. Pallet tables import this half, others event.ts. */
import { type Reader, ScaleError, type Writer } from "./cursor.ts";
import { linkedPallets, palletEnum } from "./call-type.ts";
import { eventFieldDefs, type EventSpec, eventFieldsType, type PalletSpec } from "./define.ts";
import { h256 } from "./scale/accounts.ts";
import { type ScaleType, type TypeDef, lazy, scaleType } from "./scale/scale-type.ts";
import { vec } from "./scale/sequences.ts";
import { struct } from "./scale/structs.ts";
import { type Phase, phase } from "./types.ts";

/** A decoded event. `fields` is an object where they are named, an array where they are positional. */
export interface RuntimeEvent {
  readonly pallet: string;
  readonly name: string;
  readonly fields: unknown;
}

/** An entry of System.Events. */
export interface EventRecord {
  phase: Phase;
  event: RuntimeEvent;
  topics: string[];
}

let built: ScaleType<RuntimeEvent> | undefined;

/** SCALE type of a {@link RuntimeEvent}: pallet index, event index, fields. */
export function runtimeEvent(): ScaleType<RuntimeEvent> {
  return lazy(() => {
    built ??= buildEventType(linkedPallets());
    return built;
  }, 2);
}

/** SCALE type of an {@link EventRecord}. */
export function eventRecord(): ScaleType<EventRecord> {
  const event = runtimeEvent();
  return struct("frame_system::EventRecord", { phase, event, topics: vec(h256) }, [
    { name: "E", type: event },
    { name: "T", type: h256 },
  ]);
}

interface EventEntry {
  readonly pallet: PalletSpec;
  readonly name: string;
  readonly event: EventSpec;
  readonly fields: ReturnType<typeof eventFieldsType>;
}

function buildEventType(pallets: readonly PalletSpec[]): ScaleType<RuntimeEvent> {
  const entries: EventEntry[] = pallets.flatMap((pallet) =>
    Object.entries(pallet.events).map(([name, event]) => ({ pallet, name, event, fields: eventFieldsType(event) })),
  );
  const byIndex = new Map(entries.map((entry) => [entry.pallet.index * 256 + entry.event.index, entry]));
  const byName = new Map(entries.map((entry) => [`${entry.pallet.name}.${entry.name}`, entry]));
  const write = (out: Writer, value: RuntimeEvent): void => {
    const entry = byName.get(`${value.pallet}.${value.name}`);
    if (entry === undefined) throw new ScaleError(`no event ${value.pallet}.${value.name}`);
    out.u8(entry.pallet.index);
    out.u8(entry.event.index);
    entry.fields.write(out, value.fields ?? []);
  };
  const read = (input: Reader): RuntimeEvent => {
    const pallet = input.u8();
    const entry = byIndex.get(pallet * 256 + input.u8());
    if (entry === undefined) throw new ScaleError(`no event in pallet ${pallet} with that index`);
    return { pallet: entry.pallet.name, name: entry.name, fields: entry.fields.read(input) };
  };
  return scaleType(eventDef(pallets), 2, write, read);
}

function eventDef(pallets: readonly PalletSpec[]): TypeDef {
  const variants = pallets
    .filter((pallet) => Object.keys(pallet.events).length > 0)
    .map((pallet) => {
      const events = Object.entries(pallet.events).map(([name, event]) => ({
        name,
        index: event.index,
        fields: eventFieldDefs(event),
      }));
      return { name: pallet.name, index: pallet.index, fields: [{ type: palletEnum(pallet, "Event", events) }] };
    });
  return { kind: "variant", path: "node_subtensor_runtime::RuntimeEvent", params: [], variants };
}
