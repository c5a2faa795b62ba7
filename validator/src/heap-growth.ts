import { setFlagsFromString } from "node:v8";

/**
 * How far the old generation may grow past what lived through its last collection before it is collected again, percent. V8 decides by speed alone and
 * lets garbage reach three times what lives: a validator that keeps some 50 MiB then takes more than 250. At 100 % the processor time of rounds back to back
 * is the same within a few percent, at 50 % a tenth more.
 */
const growthPercent = 100;

/**
 * Holds the memory of this process near twice what it uses. A pace, not a limit: what is needed is always given, so that a large subnet does not end
 * the process as a maximal heap size would. For the start of a process, however it is started.
 */
export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
}
