/** The runtime call with the list of pallets behind it. */
import "./pallets.ts";

export { palletEnum, type RuntimeCall, runtimeCall } from "./call-type.ts";
