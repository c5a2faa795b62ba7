import { createServer, type Server } from "node:net";
import { checkPorts, namedPorts, portPlan } from "@subnetkit/cli/local/ports";
import { afterEach, describe, expect, it } from "vitest";

describe("the ports of a local network", () => {
  let server: Server | undefined;

  afterEach(() => {
    server?.close();
    server = undefined;
  });

  const listen = (host: string): Promise<number> =>
    new Promise((resolve) => {
      server = createServer();
      server.listen(0, host, () => {
        const address = server?.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });

  it("follow from the base by fixed offsets", () => {
    const plan = portPlan(9900, 2, 3);
    expect(plan).toMatchObject({ chain: 9944, redis: 9990, supervisor: 10_000, chainMetrics: 10_001 });
    expect(plan.validatorMetrics).toEqual([10_020, 10_021]);
    expect(plan.minerAxons).toEqual([10_100, 10_101, 10_102]);
    expect(plan.minerMetrics).toEqual([10_400, 10_401, 10_402]);
  });

  it("are all different, for the largest network too", () => {
    const ports = namedPorts(portPlan(20_000, 64, 250), true).map(({ port }) => port);
    expect(new Set(ports).size).toBe(ports.length);
    expect(Math.max(...ports)).toBeLessThanOrEqual(65_535);
  });

  it.each([80, 1023, 64_800, 70_000])("do not start from %i", (base) => {
    expect(() => portPlan(base, 2, 6)).toThrow(expect.objectContaining({ code: "E_USAGE", exitCode: 2 }));
  });

  it("are refused with the pid and command of whoever holds one", async () => {
    const port = await listen("127.0.0.1");
    const busy = checkPorts([{ port, what: "the dev chain" }], 9900);
    await expect(busy).rejects.toMatchObject({
      code: "E_PORT_BUSY",
      exitCode: 3,
      data: {
        pid: process.pid,
        remedies: [`stop it:            kill ${process.pid}`, "or move this one:   npm start -- --port-base 20000"],
      },
    });
  });

  it("are refused also when the holder listens on all addresses", async () => {
    const port = await listen("::");
    await expect(checkPorts([{ port, what: "Redis" }], 9900)).rejects.toMatchObject({ code: "E_PORT_BUSY" });
  });

  it("are accepted when they are free, and are free afterwards", async () => {
    const port = await listen("127.0.0.1");
    await new Promise((resolve) => server?.close(resolve));
    await checkPorts([{ port, what: "the dev chain" }], 9900);
    await checkPorts([{ port, what: "the dev chain" }], 9900);
  });
});
