import { sendJson } from "@subnetkit/miner/server/reply";
import { connect } from "node:net";
import Fastify from "fastify";
import { describe, expect, test } from "vitest";

describe("sendJson", () => {
  test("leaves a reply that cannot be sent to the framework, so that the caller hears of it", async () => {
    const app = Fastify({ logger: false });
    app.setErrorHandler((_error, _request, reply) => sendJson(reply, { status: 500, body: "{}", headers: {} }));
    app.get("/now", (_request, reply) => sendJson(reply, { status: 200, body: "{}", headers: { "x-bad": "a\nb" } }));
    app.get("/later", async (_request, reply) => {
      await Promise.resolve();
      sendJson(reply, { status: 200, body: "{}", headers: { "x-bad": "a\nb" } });
    });
    try {
      const port = new URL(await app.listen({ host: "127.0.0.1", port: 0 })).port;
      for (const path of ["now", "later"]) {
        const response = await fetch(`http://127.0.0.1:${port}/${path}`, { signal: AbortSignal.timeout(2_000) });
        expect([response.status, await response.text()]).toEqual([500, "{}"]);
      }
    } finally {
      await app.close();
    }
  });

  test.each(["HTTP/1.0", "HTTP/1.1"])("says its length in bytes, also to %s", async (version) => {
    const app = Fastify({ logger: false });
    app.get("/", (_request, reply) => sendJson(reply, { status: 200, body: '"\u00e4"', headers: {} }));
    try {
      const port = Number(new URL(await app.listen({ host: "127.0.0.1", port: 0 })).port);
      const socket = connect(port, "127.0.0.1");
      socket.end(`GET / ${version}\r\nhost: x\r\n\r\n`);
      const text = Buffer.concat(await socket.toArray()).toString("utf8");
      expect(text).toMatch(/content-length: 4\r\n/);
      if (version === "HTTP/1.0") expect(text).toMatch(/connection: close\r\n/i);
      expect(text.endsWith('\r\n\r\n"\u00e4"')).toBe(true);
    } finally {
      await app.close();
    }
  });
});
