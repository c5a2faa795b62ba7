import { appError } from "@subnetkit/shared/errors/app-error";
import { createLogger } from "@subnetkit/shared/log/logger";
import { readableLine } from "@subnetkit/shared/log/readable";
import { describe, expect, it } from "vitest";

/** What one entry looks like to a person, without the time. */
function told(write: (log: ReturnType<typeof createLogger>) => void): string[] {
  const lines: string[] = [];
  write(createLogger({ name: "miner", level: "debug", destination: { write: (line) => void lines.push(line) } }));
  return readableLine(lines[0] ?? "").split("\n");
}

describe("readableLine", () => {
  it("has the time of day, the message and the fields, and the level only where it matters", () => {
    expect(told((log) => log.info({ port: 8091, host: "::" }, "miner listening"))).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d {2}miner listening {2}port 8091 {2}host ::$/),
    ]);
    expect(told((log) => log.warn("hm"))[0]).toMatch(/^\S+ {2}warn {2}hm$/);
  });

  it("tells an error by its code, its message and what to do, each once", () => {
    const lines = told((log) => log.fatal({ err: appError("E_PORT_BUSY", { port: 1, host: "h" }) }, "it stops"));
    expect(lines).toEqual([
      expect.stringMatching(/fatal {2}it stops$/),
      expect.stringMatching(/^ +E_PORT_BUSY {2}Port 1/),
      expect.stringMatching(/^ +remedy {2}Stop the process/),
    ]);
  });

  it("puts a remedy on a line of its own, keeps the stack of a foreign error, and cuts what is long", () => {
    expect(told((log) => log.warn({ remedy: "do it" }, "x"))[1]).toMatch(/^ +remedy {2}do it$/);
    expect(told((log) => log.error({ err: new TypeError("no") }, "x")).join("\n")).toMatch(/TypeError {2}no\n +at /);
    expect(told((log) => log.info({ long: "y".repeat(1_000) }, "x"))[0]?.length).toBeLessThan(200);
    expect(told((log) => log.info({ config: { a: 1 } }, "starting"))[0]).toMatch(/starting$/);
  });

  it("gives a terminal nothing to obey, also in text that is no line of the log", () => {
    const evil = "\u001b[2J\u001b]0;title\u0007a\nb\rc";
    for (const lines of [
      told((log) => log.info({ evil }, evil)),
      told((log) => log.error({ err: new Error(evil) }, "x")),
    ])
      expect(lines.join("")).not.toMatch(/\p{Cc}/u);
    expect(readableLine(`plain ${evil}`)).toBe("plain a b c");
  });
});
