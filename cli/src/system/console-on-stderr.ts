const methods = ["log", "info", "debug"] as const;

/** Runs what calls code of a subnet's author in this process: what that code prints is for people, and stdout holds the answer alone. */
export async function withConsoleOnStderr<T>(work: () => Promise<T>): Promise<T> {
  const { log, info, debug } = console;
  for (const method of methods) console[method] = console.error;
  try {
    return await work();
  } finally {
    Object.assign(console, { log, info, debug });
  }
}
