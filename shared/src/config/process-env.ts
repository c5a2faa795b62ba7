/**
 * What a process and its surroundings tell each other through the environment. The only other reader of `process.env` is config/define.ts.
 */

/** True when the parent asked this process to end with its stdin (`SUBNETKIT_LIFELINE=1`). */
export function lifelineRequested(env: NodeJS.ProcessEnv = process.env): boolean {
  return env["SUBNETKIT_LIFELINE"] === "1";
}

/**
 * Forbids the native ONNX library to send usage data to its maker, which it does by default since 1.30. Call it before the library is loaded: it
 * looks once.
 */
export function forbidOnnxTelemetry(env: NodeJS.ProcessEnv = process.env): void {
  env["ORT_DISABLE_TELEMETRY"] = "1";
}

/** Whether somebody has chosen the Vulkan driver, by one of the loader's own variables: then there is one, be it in software. */
export function namesVulkanDriver(env: NodeJS.ProcessEnv = process.env): boolean {
  return (env["VK_DRIVER_FILES"] ?? env["VK_ICD_FILENAMES"] ?? "") !== "";
}

/** True when JSON lines are wanted at a terminal too (`SUBNETKIT_LOG=json`). */
export function jsonLogRequested(env: NodeJS.ProcessEnv = process.env): boolean {
  return env["SUBNETKIT_LOG"] === "json";
}

/** Asks the process that is about to run in this very process for JSON lines. */
export function requestJsonLog(env: NodeJS.ProcessEnv = process.env): void {
  env["SUBNETKIT_LOG"] = "json";
}

/** Gives a setting that the command line of a process may not carry to the one that is about to run in this very process. */
export function giveSecretSetting(name: string, value: string, env: NodeJS.ProcessEnv = process.env): void {
  env[name] = value;
}

/** The environment for a process that needs no setting of ours: without them, since some are secrets; how to log is none. */
export function environmentWithoutSettings(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const mayPass = (name: string): boolean => name === "SUBNETKIT_LOG" || !name.toUpperCase().startsWith("SUBNETKIT_");
  return Object.fromEntries(Object.entries(env).filter(([name]) => mayPass(name)));
}

/** The file descriptor for events to the supervisor (`SUBNETKIT_EVENTS_FD`), or undefined when there is no supervisor. */
export function eventsFd(env: NodeJS.ProcessEnv = process.env): number | undefined {
  const text = env["SUBNETKIT_EVENTS_FD"];
  return text !== undefined && /^\d{1,4}$/.test(text) && Number(text) > 2 ? Number(text) : undefined;
}
