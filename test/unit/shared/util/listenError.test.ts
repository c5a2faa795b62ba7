import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { listenError } from "@subnetkit/shared/util/listenError";
import { describe, expect, it } from "vitest";

const errorOf = (code: string): Error => Object.assign(new Error("listen failed"), { code });

describe("listenError", () => {
  it("names who holds the port", async () => {
    const script = `require("node:net").createServer().listen(0, "127.0.0.1", function () { console.log(this.address().port); })`;
    const holder = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const port = Number(await once(holder.stdout, "data"));
      const error = listenError(errorOf("EADDRINUSE"), { host: "127.0.0.1", port, what: "the miner" });
      expect(error).toMatchObject({ code: "E_PORT_BUSY", data: { port, what: "the miner" } });
      if (process.platform === "linux") expect(error.remedy).toContain(`pid ${holder.pid}`);
    } finally {
      holder.kill();
    }
  });

  it("tells nobody to stop the process that says so: two of its own ports are the same", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { remedy } = listenError(errorOf("EADDRINUSE"), { host: "127.0.0.1", port, what: "the status pages" });
    server.close();
    if (process.platform === "linux") expect(remedy).toMatch(/^This very process holds it already/);
  });

  it("says so where nobody can be named, and what else is wrong with an address", () => {
    const { remedy } = listenError(errorOf("EADDRINUSE"), { host: "127.0.0.1", port: 1, what: "the miner" });
    expect(remedy).toBe("Stop the process that holds it, or choose another port.");
    expect(listenError(errorOf("EACCES"), { host: "::1", port: 1, what: "it" })).toMatchObject({
      code: "E_LISTEN",
      data: { problem: "listen failed" },
    });
  });
});
