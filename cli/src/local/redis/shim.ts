// Runs one command and ties its life to ours: redis-server knows no lifeline, so this process holds one for it. When stdin ends (the
// supervisor is gone, however it went) or a stop signal comes, the command gets SIGTERM, and SIGKILL when it does not go.
import { spawn } from "node:child_process";

const GRACE_MS = 4000;
const [command, ...args] = process.argv.slice(2);

if (command === undefined) {
  process.stderr.write("usage: redis-shim COMMAND [ARGUMENT ...]\n");
  process.exitCode = 2;
} else {
  const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  const stop = (): void => {
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), GRACE_MS).unref();
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, stop);
  process.stdin.on("end", stop).on("error", stop).resume();
  child.on("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(127);
  });
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGTERM" ? 0 : 1)));
}
