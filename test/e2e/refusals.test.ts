import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import path from "node:path";
import { processIdentity } from "@subnetkit/cli/system/process-facts";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ensureBuilt, freePortBase, root, runCli, temporaryFolder } from "../support/cli.ts";

describe("what is wrong before anything starts", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let base: number;
  let server: Server | undefined;

  beforeAll(() => ensureBuilt());

  beforeEach(async () => {
    folder = temporaryFolder();
    base = await freePortBase();
  });

  afterEach(() => {
    server?.close();
    server = undefined;
    folder.remove();
  });

  const flags = (...more: string[]): string[] => [
    "local",
    "start",
    "--state-dir",
    folder.path,
    "--port-base",
    String(base),
    ...more,
  ];

  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => {
      server = createServer((socket) => socket.destroy());
      server.listen(port, "127.0.0.1", () => resolve());
    });

  it("a port in use: exit 3, who holds it, and the flag that moves ours", async () => {
    await listen(base + 44);
    const { code, stdout, stderr } = await runCli(flags());
    expect(code).toBe(3);
    expect(stdout).toBe("");
    expect(stderr).toContain("error E_PORT_BUSY");
    expect(stderr).toContain(`kill ${process.pid}`);
    expect(stderr).toContain("npm start -- --port-base");
    expect(stderr).toContain("docs/reference/errors.md#e_port_busy");
    expect(existsSync(path.join(folder.path, "run", "network.json"))).toBe(false);
  });

  it("the same with --json: the failure is on stdout too, as data, and the last line is run.stopped", async () => {
    await listen(base + 44);
    const { code, stdout } = await runCli(flags("--json"));
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(code).toBe(3);
    expect(events.at(-1)).toMatchObject({ type: "run.stopped", exitCode: 3, reason: "E_PORT_BUSY", summary: null });
    expect(events.find(({ type }) => type === "step.failed")).toMatchObject({
      error: { code: "E_PORT_BUSY", docs: "docs/reference/errors.md#e_port_busy" },
    });
  });

  it("a Redis that refuses: exit 5, without its password", async () => {
    const { code, stderr } = await runCli(flags(), { env: { REDIS_URL: `redis://:hunter2@127.0.0.1:${base + 90}` } });
    expect(code).toBe(5);
    expect(stderr).toContain("error E_REDIS_UNREACHABLE");
    expect(stderr).not.toContain("hunter2");
  });

  it("a Redis that takes connections and never answers: exit 5 as well, and soon", async () => {
    server = createServer(() => {});
    await new Promise<void>((resolve) => server?.listen(base + 90, "127.0.0.1", () => resolve()));
    const { code, ms } = await runCli(flags(), { env: { REDIS_URL: `redis://127.0.0.1:${base + 90}` } });
    expect(code).toBe(5);
    expect(ms).toBeLessThan(20_000);
  });

  it("another network in the same folder: exit 3, and its pid", async () => {
    mkdirSync(path.join(folder.path, "run"), { recursive: true });
    const record = {
      ...processIdentity(process.pid),
      startedAt: new Date().toISOString(),
      portBase: base,
      ready: true,
      urls: {},
      processes: [],
    };
    writeFileSync(path.join(folder.path, "run", "network.json"), JSON.stringify(record));
    const { code, stderr } = await runCli(flags());
    expect(code).toBe(3);
    expect(stderr).toContain("error E_ALREADY_RUNNING");
    expect(stderr).toContain(`pid ${process.pid}`);
    expect(stderr).toContain("npx subnetkit local stop");
    expect(existsSync(path.join(folder.path, "run", "network.json"))).toBe(true);
  });

  it("a subnet that nobody knows: exit 2, and those that there are", async () => {
    const { code, stderr } = await runCli(flags("--subnet", "digitz"));
    expect(code).toBe(2);
    expect(stderr).toContain("error E_SUBNET_NOT_FOUND");
    expect(stderr).toContain("digits");
  });

  it("a model file that is missing: exit 3, and which", async () => {
    const file = path.join(folder.path, "mine.ts");
    writeFileSync(
      file,
      `import { defineSolvers, defineSubnet, defineTask, defineVariants } from "@subnetkit/shared/subnet";
import { z } from "zod";
const echo = defineTask({ id: "echo", request: z.object({ n: z.int() }), response: z.object({ n: z.int() }), limits: { timeoutMs: 500, maxResponseBytes: 1024 },
  challenge: () => ({ request: { n: 1 }, key: 1 }), scorer: { kind: "each", score: ({ key }, { body }) => (body.n === key ? 1 : 0) } });
const subnet = defineSubnet({ name: "echo", version: 1, description: "Says it again.", tasks: { echo }, local: { miners: [{ variant: "modelled", label: "m" }] } });
export default subnet;
export const solvers = defineSolvers<typeof subnet>({ echo: async ({ n }) => ({ n }) });
export const variants = defineVariants<typeof subnet>({ modelled: { label: "m", models: ["model/none.onnx"], solvers: { echo: async ({ n }) => ({ n }) } } });
`,
    );
    const { code, stderr } = await runCli(flags("--subnet", file));
    expect(stderr).toContain("error E_SUBNET_MODEL");
    expect(stderr).toContain("model/none.onnx");
    expect(code).toBe(3);
  });

  // The superuser may write anywhere, so for it there is nothing to refuse.
  if (process.getuid?.() !== 0) {
    it("a folder that cannot be written: exit 3", async () => {
      chmodSync(folder.path, 0o500);
      const { code, stderr } = await runCli(flags());
      chmodSync(folder.path, 0o700);
      expect(code).toBe(3);
      expect(stderr).toContain("error E_NO_WRITE");
    });
  }

  it("a place that is no folder: exit 3", async () => {
    const file = path.join(folder.path, "file");
    writeFileSync(file, "");
    const { code, stderr } = await runCli(["local", "start", "--state-dir", file, "--port-base", String(base)]);
    expect(code).toBe(3);
    expect(stderr).toContain("error E_NO_WRITE");
  });

  it.each([
    [["local", "start", "--epoch", "3"], "Did you mean --epochs?"],
    [["local", "strat"], "Did you mean start?"],
    [["local", "start", "--miners", "none"], "--miners wants a whole number"],
    [["local", "start", "--port-base", "80"], "--port-base 80 is not between"],
  ])("a wrong flag or word (%j): exit 2, and what was meant", async (args, words) => {
    const { code, stdout, stderr } = await runCli(args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("error E_USAGE");
    expect(stderr).toContain(words);
  });

  it("a Node that is too old: exit 3, before anything newer than it is read", () => {
    const pretend = `Object.defineProperty(process.versions, "node", { value: "16.20.0" }); process.argv.splice(1, 0, "bootstrap", "start"); require("./scripts/bootstrap.cjs");`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", pretend], { cwd: root, encoding: "utf8" });
    expect([status, stdout]).toEqual([3, ""]);
    expect(stderr).toContain("error E_NODE_TOO_OLD  subnetkit needs Node >= 20.19, this is 16.20.0");
    expect(stderr).toContain("nvm install 20");
  });

  it("nothing runs: status, stop and env say so with exit 3", async () => {
    for (const verb of ["status", "stop", "env"]) {
      const { code, stdout, stderr } = await runCli(["local", verb, "--state-dir", folder.path]);
      expect([verb, code, stdout]).toEqual([verb, 3, ""]);
      expect(stderr).toContain("error E_NOT_RUNNING");
    }
  });

  it("a group without a verb prints its help and exits 2", async () => {
    const { code, stderr } = await runCli(["local"]);
    expect(code).toBe(2);
    expect(stderr).toContain("Usage: subnetkit local");
  });
});
