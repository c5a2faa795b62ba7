import { getEventListeners } from "node:events";
import { linkAbort } from "@subnetkit/shared/util/linkAbort";
import { describe, expect, it } from "vitest";

describe("a linked abort", () => {
  it("passes the reason on, at once when it came before the link", () => {
    const from = new AbortController();
    const early = new AbortController();
    linkAbort(from.signal, early);
    from.abort(new Error("the end"));
    const late = new AbortController();
    linkAbort(from.signal, late);
    expect([early.signal.reason, late.signal.reason]).toEqual([new Error("the end"), new Error("the end")]);
  });

  it("leaves nothing at the signal once it is taken away", () => {
    const from = new AbortController();
    const to = new AbortController();
    const unlink = linkAbort(from.signal, to);
    expect(getEventListeners(from.signal, "abort")).toHaveLength(1);
    unlink();
    expect(getEventListeners(from.signal, "abort")).toHaveLength(0);
    from.abort();
    expect(to.signal.aborted).toBe(false);
  });
});
