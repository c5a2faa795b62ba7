import { execFile } from "node:child_process";

/** How a short command ended. `code` is -1 when it could not be started or was cut off by its deadline. */
export type ToolResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs a command to its end, with a deadline. Never throws. */
export function runTool(
  command: string,
  args: readonly string[],
  { timeoutMs, cwd, env }: { timeoutMs: number; cwd?: string; env?: NodeJS.ProcessEnv },
): Promise<ToolResult> {
  return new Promise((resolve) => {
    const options = {
      timeout: timeoutMs,
      maxBuffer: 16 * 1024 * 1024,
      killSignal: "SIGKILL" as const,
      cwd,
      env: env ?? process.env,
    };
    execFile(command, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, stdout, stderr: stderr === "" && error !== null ? error.message : stderr });
    });
  });
}
