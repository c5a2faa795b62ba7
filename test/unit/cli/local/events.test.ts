import { createEventBus } from "@subnetkit/cli/local/event-bus";
import { eventSchemas, eventsJsonSchema, type LocalEvent } from "@subnetkit/cli/local/events";
import { reportNotice } from "@subnetkit/cli/local/notices";
import { localPaths } from "@subnetkit/cli/local/paths";
import type { ChildEvent } from "@subnetkit/cli/local/supervisor/child";
import type { Supervised } from "@subnetkit/cli/local/supervisor/supervised";
import { historyLine, plainLine } from "@subnetkit/cli/local/view/event-lines";
import { describe, expect, it } from "vitest";

describe("the events of a run", () => {
  it("are numbered from one and say their version, time and type first", () => {
    const seen: LocalEvent[] = [];
    const bus = createEventBus();
    bus.subscribe((event) => seen.push(event));
    bus.emit("chain.block", { block: 7 });
    bus.emit("chain.block", { block: 8 }, new Date("2026-11-22T04:00:00Z"));
    expect(seen.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(JSON.stringify(seen[1])).toBe(
      '{"v":1,"seq":2,"at":"2026-11-22T04:00:00.000Z","type":"chain.block","block":8}',
    );
  });

  it("cannot have their head overwritten by what a child calls its fields", () => {
    const seen: LocalEvent[] = [];
    const bus = createEventBus();
    bus.subscribe((event) => seen.push(event));
    bus.emit("round.finished", { process: "validator-0", v: 9, seq: 99, type: "run.stopped", at: "never" });
    expect(seen[0]).toMatchObject({ v: 1, seq: 1, type: "round.finished", process: "validator-0" });
  });

  it("are published, every type of them", () => {
    const { events } = eventsJsonSchema() as { events: Record<string, { required: string[] }> };
    expect(Object.keys(events).sort()).toEqual(Object.keys(eventSchemas).sort());
    for (const schema of Object.values(events))
      expect(schema.required).toEqual(expect.arrayContaining(["v", "seq", "at", "type"]));
  });

  it("read as one plain line each, without escapes, whatever a child said", () => {
    const head = { v: 1, seq: 1, at: "2026-11-22T04:00:00.000Z" };
    const line = plainLine({ ...head, type: "warning", message: "\u001b[31mred\u001b[0m\nsecond line\u0007" });
    expect(line).toMatch(/^\d\d:\d\d:\d\d warning {4}redsecond line$/);
  });

  it("say what an epoch paid, in coins", () => {
    const line = plainLine({
      v: 1,
      seq: 1,
      at: "2026-11-22T04:00:00.000Z",
      type: "chain.epoch",
      epoch: 104,
      block: 2080,
      emissionRao: "10000000000",
      minersRao: "4100000000",
      validatorsRao: "4100000000",
      ownerRao: "1800000000",
      best: { uid: 2, incentive: 0.981 },
    });
    expect(line).toContain("epoch      104 emission=10.00 miners=4.10 validators=4.10 owner=1.80 best=2:0.981");
  });

  it("tell the operator of a second process on a hotkey, and of a process that needs a person", () => {
    const head = { v: 1, seq: 1, at: "2026-11-22T04:00:00.000Z", process: "validator-0" };
    const contested: LocalEvent = { ...head, type: "weights.contested", block: 77, call: "set_weights" };
    const refused: LocalEvent = { ...head, type: "process.gaveUp", attempts: 0, refused: true, log: "v.log" };
    for (const lineOf of [plainLine, historyLine])
      expect(lineOf(contested)).toContain("another process signs weights with its hotkey (block 77): stop that one");
    expect(plainLine(refused)).toContain("refused after=0 log=v.log");
    expect(historyLine(refused)).toContain("is not started again: it needs you");
  });

  it("carry a child's news of contested weights, and nothing that a child may not say", () => {
    const seen: LocalEvent[] = [];
    const bus = createEventBus();
    bus.subscribe((event) => seen.push(event));
    const paths = localPaths("/clone");
    const process = { spec: { name: "validator-0" }, logFile: "/clone/v.log" } as unknown as Supervised;
    const say = (event: ChildEvent) => reportNotice(bus, paths, process, { kind: "event", event });
    say({ type: "weights.contested", validator: "validator-0", block: 7, call: "set_weights" });
    say({ type: "run.stopped", exitCode: 0 });
    expect(seen).toMatchObject([{ type: "weights.contested", process: "validator-0", block: 7 }]);
  });
});
