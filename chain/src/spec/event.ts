/** The runtime event with the list of pallets behind it. */
import "./pallets.ts";

export { type EventRecord, eventRecord, type RuntimeEvent, runtimeEvent } from "./event-type.ts";
