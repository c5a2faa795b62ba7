import { AppError, appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import { describe, expect, it } from "vitest";

describe("appError", () => {
  it("takes message, remedy, consequence and exit code from the registry", () => {
    const error = appError("E_PORT_BUSY", { host: "127.0.0.1", port: 9944, what: "the dev chain" });
    expect(error).toBeInstanceOf(AppError);
    expect(error.message).toBe("Port 9944 on 127.0.0.1 is in use (wanted for the dev chain).");
    expect(error).toMatchObject({ code: "E_PORT_BUSY", consequence: "stop", exitCode: 3, name: "AppError" });
    expect(error.remedy).toContain("another port");
  });

  it("exits with 1 where the registry says nothing", () => {
    expect(appError("E_ABORTED").exitCode).toBe(1);
  });

  it("serialises to plain data with the message of its cause and no stack", () => {
    const error = appError("E_TIMEOUT", { name: "A query", timeoutMs: 5 }, { cause: new Error("socket hang up") });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: "E_TIMEOUT",
      message: "A query took longer than 5 ms.",
      remedy: error.remedy,
      consequence: "retry",
      data: { name: "A query", timeoutMs: 5 },
      cause: "socket hang up",
    });
  });
});

describe("isAppError", () => {
  it("tells our errors from others, and one code from another", () => {
    expect(isAppError(appError("E_TIMEOUT"))).toBe(true);
    expect(isAppError(appError("E_TIMEOUT"), "E_TIMEOUT")).toBe(true);
    expect(isAppError(appError("E_TIMEOUT"), "E_ABORTED")).toBe(false);
    expect(isAppError(Object.assign(new Error("x"), { code: "E_TIMEOUT" }))).toBe(false);
    expect(isAppError(undefined)).toBe(false);
  });
});

describe("errorMessage", () => {
  it("reads anything that can be thrown", () => {
    expect([errorMessage(new Error("a")), errorMessage("b"), errorMessage(undefined)]).toEqual(["a", "b", "undefined"]);
  });
});
