import { defineConfig } from "@subnetkit/shared/config/define";
import { runProcess } from "@subnetkit/shared/lifecycle/run-process";
import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";

const config = defineConfig({
  name: "probe",
  describe: "tries the frame of a process",
  schema: z.object({ port: z.number().int().default(1), logLevel: z.enum(["silent", "info"]).default("silent") }),
});

/** Runs the frame with these flags; resolves with the exit code once the process would have ended, and what it wrote. */
function run(flags: readonly string[], main: Parameters<typeof runProcess<typeof config.schema>>[0]["main"]) {
  let output = "";
  vi.spyOn(process, "argv", "get").mockReturnValue(["node", "probe.js", ...flags]);
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    output += String(text);
    return true;
  });
  const exited = new Promise<number>((resolve) => {
    vi.spyOn(process, "exit").mockImplementation((code) => {
      resolve(Number(code));
      return undefined as never;
    });
  });
  runProcess({ config, identify: ({ logLevel }) => ({ name: "probe", logLevel }), main });
  return { exited, output: () => output };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the frame of a process", () => {
  it("prints the help, and builds nothing", () => {
    const main = vi.fn();
    expect(run(["--help"], main).output()).toContain("tries the frame of a process");
    expect(main).not.toHaveBeenCalled();
  });

  it("ends with the exit code of a configuration that cannot be used", async () => {
    const main = vi.fn();
    expect(await run(["--prot", "1"], main).exited).toBe(2);
    expect(main).not.toHaveBeenCalled();
  });

  it("gives main its configuration, closes what it opened when it fails, and ends with 70 for a failure of ours", async () => {
    const closed: number[] = [];
    const { exited } = run(["--port", "7"], async ({ port }, { lifecycle }) => {
      lifecycle.onClose("a resource", () => void closed.push(port));
      throw new Error("unexpected");
    });
    expect(await exited).toBe(70);
    expect(closed).toEqual([7]);
  });

  it("takes work that ends because it was told to stop for no failure", async () => {
    const { exited } = run([], async (_config, { lifecycle, fail }) => {
      void lifecycle.shutdown("the test ends it");
      const { appError } = await import("@subnetkit/shared/errors/app-error");
      fail(appError("E_ABORTED", { name: "work" }));
    });
    expect(await exited).toBe(0);
  });
});
