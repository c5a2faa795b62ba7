import { setFlagsFromString } from "node:v8";

/**
 * How far the old generation may grow past what lived through its last collection before it is collected again, percent. V8 decides by speed alone and
 * lets garbage reach three times what lives; a validator keeps some 50 MiB and would take 250 and more. Half as often costs no time that can be measured;
 * at 50 % collecting takes a tenth more.
 */
const growthPercent = 100;

/**
 * Holds the memory of this process near twice what it uses. A pace, not a limit: what is needed is always given, so that a large subnet does not end
 * the process as a maximal heap size would. For the start of a process, however it is started.
 */
export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
}
