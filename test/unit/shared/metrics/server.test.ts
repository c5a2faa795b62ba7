import { connect } from "node:net";
import { createLogger } from "@subnetkit/shared/log/logger";
import { createMetrics } from "@subnetkit/shared/metrics/define";
import { type Health, type StatusServer, startStatusServer } from "@subnetkit/shared/metrics/server";
import { afterEach, describe, expect, it } from "vitest";

const log = createLogger({ name: "test", level: "silent" });
const servers: StatusServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(health: Partial<Health> = {}, status?: () => unknown): Promise<string> {
  const full: Health = { live: true, ready: true, degraded: false, reasons: [], info: {}, ...health };
  const { registry } = createMetrics({ subnetkit_x_total: { type: "counter", help: "x" } });
  const server = await startStatusServer({
    host: "127.0.0.1",
    port: 0,
    registry,
    health: () => full,
    log,
    ...(status === undefined ? {} : { status }),
  });
  servers.push(server);
  return `http://127.0.0.1:${server.port}`;
}

describe("the status server", () => {
  it("prints the metrics in the Prometheus format", async () => {
    const response = await fetch(`${await start()}/metrics`);
    expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    expect(await response.text()).toContain("subnetkit_x_total 0");
  });

  it("brings gauges up to date before it prints them", async () => {
    const metrics = createMetrics({ subnetkit_x_age_seconds: { type: "gauge", help: "x" } });
    let age = 1;
    const server = await startStatusServer({
      host: "127.0.0.1",
      port: 0,
      registry: metrics.registry,
      beforeMetrics: () => metrics.subnetkit_x_age_seconds.set(age++),
      health: () => ({ live: true, ready: true, degraded: false, reasons: [], info: {} }),
      log,
    });
    servers.push(server);
    const read = async (): Promise<string> => (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
    expect(await read()).toContain("subnetkit_x_age_seconds 1");
    expect(await read()).toContain("subnetkit_x_age_seconds 2");
  });

  it("answers health by live and ready by ready", async () => {
    const url = await start({ ready: false, degraded: true, reasons: ["chain: reconnecting"] });
    const health = await fetch(`${url}/health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({
      live: true,
      ready: false,
      degraded: true,
      reasons: ["chain: reconnecting"],
      info: {},
    });
    const ready = await fetch(`${url}/ready?x=1`);
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false, reasons: ["chain: reconnecting"] }]);
    expect((await fetch(`${await start({ live: false })}/health`)).status).toBe(503);
  });

  it("shows the process's own document, bigints as text", async () => {
    const url = await start({}, () => ({ stakeRao: 18_446_744_073_709_551_615n }));
    expect(await (await fetch(`${url}/status`)).json()).toEqual({ stakeRao: "18446744073709551615" });
    expect((await fetch(`${await start()}/status`)).status).toBe(404);
  });

  it("answers 500 without details when a document cannot be made, and lives on", async () => {
    const url = await start({}, () => {
      throw new Error("secret detail");
    });
    const response = await fetch(`${url}/status`);
    expect([response.status, await response.text()]).toEqual([500, '{"error":"E_INTERNAL"}\n']);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it("refuses other methods and pages", async () => {
    const url = await start();
    expect((await fetch(`${url}/metrics`, { method: "POST", body: "x" })).status).toBe(405);
    expect((await fetch(`${url}/etc/passwd`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: "HEAD" })).status).toBe(200);
  });

  it("names the port that is taken", async () => {
    const port = Number(new URL(await start()).port);
    const { registry } = createMetrics({});
    const second = startStatusServer({
      host: "127.0.0.1",
      port,
      registry,
      health: () => ({ live: true, ready: true, degraded: false, reasons: [], info: {} }),
      log,
    });
    await expect(second).rejects.toEqual(
      expect.objectContaining({ code: "E_PORT_BUSY", data: expect.objectContaining({ port }) }),
    );
  });

  it("drops a client that never finishes its request, and closes although one is connected", async () => {
    const port = Number(new URL(await start()).port);
    const socket = connect(port, "127.0.0.1");
    const answer = new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk.toString();
      });
      socket.on("close", () => resolve(text));
    });
    socket.write("GET /health HTTP/1.1\r\nhost: x\r\n");
    expect(await answer).toContain("408 Request Timeout");
  });
});
