import { isAppError } from "@subnetkit/shared/errors/app-error";
import { describe, expect, it } from "vitest";
import {
  openOrganic,
  type OpenOrganicModules,
  type OpenOrganicOptions,
} from "../../../../validator/src/organic/open-organic.ts";
import { defaultPoolLimits } from "../../../../validator/src/round/pools.ts";
import { validator } from "./support.ts";

const options: OpenOrganicOptions = {
  organicPort: 0,
  organicHost: "127.0.0.1",
  organicTokenFile: undefined,
  organicPerMinute: 60,
  organicConcurrency: 4,
  organicPerRound: 0,
  ask: { allowPrivate: true },
  pools: defaultPoolLimits,
};
const open = async (change: Partial<OpenOrganicOptions>, modules: Partial<OpenOrganicModules>): Promise<unknown> =>
  await openOrganic({ ...options, ...change }, modules as OpenOrganicModules).catch((error: unknown) =>
    isAppError(error) ? error.code : error,
  );

describe("the door for users", () => {
  it("stays shut without a port, and is refused to a process without chain, hotkey or tokens", async () => {
    expect(await open({ organicPort: undefined }, {})).toBeUndefined();
    const chain = {} as OpenOrganicModules["chain"];
    expect(await open({}, { keypair: validator })).toBe("E_ORGANIC_ROLE");
    expect(await open({}, { chain })).toBe("E_ORGANIC_ROLE");
    expect(await open({}, { chain, keypair: validator })).toBe("E_ORGANIC_TOKENS");
  });
});
