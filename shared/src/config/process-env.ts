/**
 * What the supervisor tells its children through the environment. The only other reader of `process.env` is config/define.ts.
 */

/** True when the parent asked this process to end with its stdin (`SUBNETKIT_LIFELINE=1`). */
export function lifelineRequested(env: NodeJS.ProcessEnv = process.env): boolean {
  return env["SUBNETKIT_LIFELINE"] === "1";
}

/** The file descriptor for events to the supervisor (`SUBNETKIT_EVENTS_FD`), or undefined when there is no supervisor. */
export function eventsFd(env: NodeJS.ProcessEnv = process.env): number | undefined {
  const text = env["SUBNETKIT_EVENTS_FD"];
  return text !== undefined && /^\d{1,4}$/.test(text) && Number(text) > 2 ? Number(text) : undefined;
}
