import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ask,
  exchange,
  good,
  hello,
  raw,
  request,
  signed,
  startVictim,
  statuses,
  statusOf,
  target,
  type Victim,
} from "./support.ts";

const maxBodyBytes = 64 * 1024;
let victim: Victim;
beforeAll(async () => {
  victim = await startVictim({ limits: { maxBodyBytes, maxConnections: 300 } });
});
afterAll(() => victim.close());

const length = { "content-length": String(hello.length) };
const still = async (): Promise<void> => expect(await statusOf(victim.port, good())).toBe(200);

describe("a body", () => {
  test("that is announced too long is refused by its head", async () => {
    for (const announced of [String(maxBodyBytes + 1), "99999999999999", "9".repeat(400)])
      expect([400, 413]).toContain(
        await statusOf(victim.port, raw({ host: "x", "content-length": announced, ...signed() }, "{")),
      );
    expect(victim.unverifiedBytes()).toBe(0);
  });

  test("that turns out too long in chunks is refused as soon as it does", async () => {
    const chunk = `${(40_000).toString(16)}\r\n${"x".repeat(40_000)}\r\n`;
    const text = raw({ host: "x", "transfer-encoding": "chunked", ...signed() }, chunk + chunk);
    expect(await ask(victim.port, text)).toEqual({ status: 413, code: "E_REQUEST_TOO_LARGE" });
  });

  test("may come in chunks, and the connection goes on after it", async () => {
    const half = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
    const chunks = `${half(hello.slice(0, 5))}${half(hello.slice(5))}0\r\nx-bittensor-hotkey: of-a-trailer\r\n\r\n`;
    const text = raw({ host: "x", "transfer-encoding": "chunked", ...signed() }, chunks);
    const read = await exchange(victim.port, text + good(), (so) => statuses(so).length === 2);
    expect(statuses(read)).toEqual([200, 200]);
  });

  test("of nothing but tiny chunks is refused long before it is as long as it may be: each holds more than its byte", async () => {
    const tiny = "1\r\nx\r\n".repeat(2_000);
    for (const path of [target, "/v1/tasks/impatient"])
      expect(
        await ask(victim.port, raw({ host: "x", "transfer-encoding": "chunked", ...signed() }, tiny + tiny, { path })),
      ).toEqual({ status: 413, code: "E_REQUEST_TOO_LARGE" });
    expect(victim.unverifiedBytes()).toBe(0);
  });

  test.each([
    ["an unsigned request", "POST", target],
    ["a request for nothing that is there", "PUT", "/nowhere"],
    ["a request for an open page", "GET", "/health"],
    ["a request for a synapse", "POST", "/Echo"],
    ["a request to check the options", "OPTIONS", "*"],
    ["a request that expects a miracle", "POST", target, { expect: "a miracle" } as Record<string, string>],
  ])(
    "that nobody reads and that has no end ends the connection with the reply: %s",
    async (_name, method, path, more: Readonly<Record<string, string>> = {}) => {
      for (const framing of [{ "transfer-encoding": "chunked" }, { "content-length": String(2 ** 40) }]) {
        const endless = raw({ host: "x", ...framing, ...more }, "5\r\nhello\r\n", { method, path });
        expect(statuses(await exchange(victim.port, endless, () => false))).toHaveLength(1);
      }
    },
  );

  test("that nobody reads and whose length nobody knows makes the refusal the last, which says so", async () => {
    const chunked = raw({ host: "x", "transfer-encoding": "chunked" }, "5\r\nhello\r\n0\r\n\r\n");
    const read = await exchange(victim.port, chunked + good(), () => false);
    expect(statuses(read)).toEqual([401]);
    expect(read).toMatch(/connection: close\r\n/i);
    const long = raw({ host: "x", "content-length": String(2 ** 40) }, "hello", { path: "/nowhere" });
    expect(await exchange(victim.port, long, () => false)).toMatch(/connection: close\r\n/i);
  });

  test("nested thirty thousand deep does no harm, whether its signature is good or not", async () => {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      const deep = open.repeat(30_000 / open.length) + "1" + close.repeat(30_000 / open.length);
      expect(await ask(victim.port, request({ body: Buffer.from(deep) }))).toEqual({
        status: 413,
        code: "E_REQUEST_COMPLEX",
      });
      expect(
        (await ask(victim.port, request({ body: Buffer.from(deep) }).replace(deep, `${deep.slice(0, -1)} `))).code,
      ).toBe("E_AUTH_SIGNATURE");
    }
    const named = '{"text":"x","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
    expect((await ask(victim.port, request({ body: Buffer.from(named) }))).status).toBe(200);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("that is not UTF-8, empty or half a document is refused, signed as it may be", async () => {
    for (const body of [Buffer.from([0xff, 0xfe, 0x00]), Buffer.alloc(0), Buffer.from('{"text":')])
      expect((await ask(victim.port, request({ body }))).code).toBe("E_REQUEST_NOT_JSON");
    await still();
  });
});

describe("headers", () => {
  test("of more than 8 KB are refused: one long one, and thousands of short ones", async () => {
    const many = Array.from({ length: 3_000 }, (_, i) => [`x-${i}`, "1"] as const);
    expect(await statusOf(victim.port, raw({ host: "x", "x-long": "x".repeat(9_000), ...length, ...signed() }))).toBe(
      431,
    );
    expect(await statusOf(victim.port, raw([["host", "x"], ...many]))).toBe(431);
    await still();
  });

  test("that are sent twice never change who is believed", async () => {
    const entries = Object.entries({ host: "x", ...length, ...signed() });
    for (const name of Object.keys(signed())) {
      const twice = [...entries, [name, signed()[name] ?? ""] as const];
      expect(await ask(victim.port, raw(twice))).toMatchObject({ status: name.endsWith("hotkey") ? 403 : 401 });
    }
  });

  test("with names that mean something to JavaScript are headers like others", async () => {
    const text = raw({ host: "x", ...length, ...signed(), __proto__x: "1", constructor: "1", __defineGetter__: "1" });
    expect(await statusOf(victim.port, text)).toBe(200);
  });
});

describe("a request that two servers could read differently", () => {
  const body = `${hello.length.toString(16)}\r\n${hello}\r\n0\r\n\r\n`;
  const hidden = `GET /health HTTP/1.1\r\nhost: x\r\n\r\n`;

  test.each([
    [
      "both a length and chunks",
      [
        ["content-length", "5"],
        ["transfer-encoding", "chunked"],
      ],
      body,
    ],
    [
      "both, the other way round",
      [
        ["transfer-encoding", "chunked"],
        ["content-length", "5"],
      ],
      body,
    ],
    [
      "two different lengths",
      [
        ["content-length", "5"],
        ["content-length", "6"],
      ],
      hello,
    ],
    ["two lengths in one header", [["content-length", "5, 6"]], hello],
    ["a signed length", [["content-length", "+5"]], hello],
    ["a hexadecimal length", [["content-length", "0x10"]], hello],
    ["a negative length", [["content-length", "-1"]], hello],
    ["a coding that is not the last", [["transfer-encoding", "chunked, identity"]], body],
    ["a coding nobody knows", [["transfer-encoding", "xchunked"]], body],
    ["a space before the colon", [["transfer-encoding ", "chunked"]], body],
    [
      "a folded header",
      [
        ["x-a", "1\r\n transfer-encoding: chunked"],
        ["content-length", "5"],
      ],
      hello,
    ],
    ["a bare newline in a header", [["x-a", "1\ntransfer-encoding: chunked"]], body],
    [
      "a null byte in a header",
      [
        ["x-a", "1\0"],
        ["content-length", "5"],
      ],
      hello,
    ],
  ] as const)(
    "is refused or answered once, and what is hidden in it is never run: %s",
    async (_name, framing, text) => {
      const before = victim.outcomes.get("answered") ?? 0;
      const sent = raw([["host", "x"], ...Object.entries(signed()), ...framing], text + hidden);
      const read = await exchange(victim.port, sent, (so) => statuses(so).length > 1);
      expect(statuses(read)).toHaveLength(1);
      expect([400, 401, 501]).toContain(statuses(read)[0]);
      expect(victim.outcomes.get("answered") ?? 0).toBe(before);
      await still();
    },
  );

  test("is refused for a chunk that lies about its length", async () => {
    const lying = `5\r\n${hello}\r\n0\r\n\r\n`;
    const sent = raw({ host: "x", "transfer-encoding": "chunked", ...signed() }, lying + hidden);
    const read = await exchange(victim.port, sent, (so) => statuses(so).length > 1);
    expect(statuses(read).filter((status) => status === 200)).toEqual([]);
    await still();
  });

  test("may not have another version, another method or no host", async () => {
    for (const line of [
      "POST / HTTP/0.9",
      "POST / HTTP/2.0",
      "PRI * HTTP/2.0",
      "CONNECT x:1 HTTP/1.1",
      `G@T ${target} HTTP/1.1`,
      "\0\0\0\0",
    ])
      expect(await statusOf(victim.port, `${line}\r\nhost: x\r\n\r\n`)).toBeOneOf([0, 400, 404, 505]);
    expect(await statusOf(victim.port, raw(signed()))).toBe(400);
    await still();
  });
});

describe("a target or a method that could mean two things", () => {
  const asked = (path: string, method = "POST"): Promise<{ status: number; code: string }> =>
    ask(
      victim.port,
      raw({ host: "x", ...length, connection: "close", ...signed({ method, target: path }) }, hello, { method, path }),
    );

  test.each([
    ["with its host", `http://x${target}`],
    ["with another host", `http://somebody.else${target}`],
    ["with two slashes", `/${target}`],
    ["with two slashes inside", "/v1//tasks/echo"],
    ["with a slash at its end", `${target}/`],
    ["with an encoded letter", "/v1/tasks/%65cho"],
    ["with an encoded slash", "/v1/tasks%2Fecho"],
    ["with dots", "/v1/tasks/../tasks/echo"],
    ["with encoded dots", "/v1/%2e%2e/v1/tasks/echo"],
    ["in capitals", "/V1/TASKS/ECHO"],
    ["with a parameter", `${target};x=1`],
    ["with a fragment", `${target}#x`],
    ["with an encoded null", `${target}%00`],
  ])("names no task, however well it is signed: %s", async (_name, path) => {
    const { status } = await asked(path);
    expect([400, 401, 404]).toContain(status);
    await still();
  });

  test("is signed as it was sent: the same query in another spelling is another request", async () => {
    const sent = (path: string, as: string): Promise<number> =>
      statusOf(victim.port, raw({ host: "x", ...length, ...signed({ target: as }) }, hello, { path }));
    expect(await sent(`${target}?a=%41`, `${target}?a=%41`)).toBe(200);
    expect(await sent(`${target}?a=A`, `${target}?a=%41`)).toBe(401);
    expect(await sent(`${target}?`, target)).toBe(401);
  });

  test.each(["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"])(
    "is no way to a task, however well it is signed: %s",
    async (method) => {
      expect([0, 400, 404]).toContain((await asked(target, method)).status);
      await still();
    },
  );

  test("asks for another protocol in vain, and is answered in this one", async () => {
    const wants = { connection: "upgrade", upgrade: "websocket", "http2-settings": "AAMAAABk" };
    expect(await statusOf(victim.port, raw({ host: "x", ...length, ...signed(), ...wants }))).toBe(200);
    expect(await statusOf(victim.port, raw({ host: "x", ...length, ...wants }))).toBe(401);
  });

  test("waits for its 100 Continue, and gets one answer; with other expectations it gets none", async () => {
    const head = { host: "x", ...length, ...signed(), expect: "100-continue" };
    const read = await exchange(victim.port, raw(head), (so) => so.includes('"text":"hello"'));
    expect(statuses(read)).toEqual([100, 200]);
    const other = raw({ ...head, ...signed(), expect: "a miracle" });
    expect(statuses(await exchange(victim.port, other, (so) => statuses(so).length === 1))).toEqual([417]);
    await still();
  });
});

describe("pipelined requests", () => {
  test("are each admitted for themselves and answered in their order", async () => {
    const replay = good();
    const forged = request().replace("hello", "hullo");
    const text = [replay, replay, forged, good(), raw({ host: "x", "content-length": "0" }, "")].join("");
    const read = await exchange(victim.port, text, (so) => statuses(so).length === 5);
    expect(statuses(read)).toEqual([200, 401, 401, 200, 401]);
  });

  test("by the thousand hold no more than the budget and all get an answer", async () => {
    const one = raw({ host: "x", "content-length": "2", ...signed() }, "{}");
    const read = await exchange(victim.port, one.repeat(1_000), (so) => statuses(so).length === 1_000);
    expect(statuses(read)).toHaveLength(1_000);
    expect(new Set(statuses(read))).toEqual(new Set([401]));
    expect(victim.unverifiedBytes()).toBe(0);
  });
});
