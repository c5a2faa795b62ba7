import { appError } from "@subnetkit/shared/errors/app-error";
import { createLogger, redactedFields } from "@subnetkit/shared/log/logger";
import { describe, expect, it } from "vitest";

function capture(level?: string) {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { lines, log: createLogger({ name: "miner", ...(level === undefined ? {} : { level }), destination }) };
}

describe("createLogger", () => {
  it("writes JSON with name, level in words, ISO time and fields", () => {
    const { lines, log } = capture();
    log.info({ netuid: 2 }, "round finished");
    expect(lines).toEqual([
      expect.objectContaining({
        name: "miner",
        level: "info",
        netuid: 2,
        msg: "round finished",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      }),
    ]);
  });

  it("leaves out what is below its level", () => {
    const { lines, log } = capture("warn");
    log.info("no");
    log.warn("yes");
    expect(lines.map(({ msg }) => msg)).toEqual(["yes"]);
  });

  it.each(redactedFields)("never writes the value of %s, three levels deep", (field) => {
    const { lines, log } = capture();
    log.error({ [field]: "hunter2", a: { [field]: "hunter2", b: { [field]: "hunter2" } } }, "x");
    expect(JSON.stringify(lines)).not.toContain("hunter2");
    expect(JSON.stringify(lines)).toContain("[redacted]");
  });

  it("writes one of our errors as its code and data, without a stack, secrets redacted", () => {
    const { lines, log } = capture();
    log.error({ err: appError("E_TIMEOUT", { name: "A query", seed: "hunter2" }) }, "failed");
    expect(lines[0]?.["err"]).toMatchObject({ code: "E_TIMEOUT", data: { name: "A query", seed: "[redacted]" } });
    expect(lines[0]?.["err"]).not.toHaveProperty("stack");
  });

  it("keeps the stack of a foreign error", () => {
    const { lines, log } = capture();
    log.error({ err: new TypeError("x is not a function") }, "failed");
    expect(lines[0]?.["err"]).toMatchObject({
      type: "TypeError",
      stack: expect.stringContaining("x is not a function"),
    });
  });
});
