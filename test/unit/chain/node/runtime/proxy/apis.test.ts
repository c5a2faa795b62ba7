import { describe, expect, it } from "vitest";
import { proxyAllows } from "../../../../../../chain/src/node/runtime/proxy/allowed.ts";
import type { RuntimeCall } from "../../../../../../chain/src/spec/call.ts";
import { palletSpecs } from "../../../../../../chain/src/spec/pallets.ts";
import type { ProxyType } from "../../../../../../chain/src/spec/pallets/proxy.ts";
import type { CallInfo, ProxyFilterInfo } from "../../../../../../chain/src/spec/runtime-apis-proxy.ts";
import { World } from "../subtensor/world.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const world = new World();
const filters = world.api<ProxyFilterInfo[]>("ProxyFilterRuntimeApi_get_proxy_filter", { proxy_type: undefined });

/** Every call of the tables, cheap and dear, with System.set_code and another call inside. */
const calls: RuntimeCall[] = palletSpecs.flatMap((pallet) =>
  Object.keys(pallet.calls).flatMap((name) =>
    [1n, 10n ** 12n].flatMap((amount) =>
      ["set_code", "remark"].map((inner) => ({
        pallet: pallet.name,
        name,
        args: { value: amount, alpha_amount: amount, call: { pallet: "System", name: inner, args: {} } },
      })),
    ),
  ),
);

/** What a client makes of a filter. */
function allowed({ filter_mode, calls: listed, exceptions }: ProxyFilterInfo, call: RuntimeCall): boolean {
  const named = listed.some((one) => names(one, call)) && !exceptions.some((one) => names(one, call));
  switch (filter_mode.type) {
    case "AllowAll":
      return true;
    case "DenyAll":
      return false;
    case "Allow":
      return named;
    case "Deny":
      return !named;
  }
}

function names({ pallet_name, call_name, condition }: CallInfo, call: RuntimeCall): boolean {
  if (text(pallet_name) !== call.pallet) return false;
  if (call_name === undefined) return true;
  if (text(call_name) !== call.name) return false;
  if (condition === undefined) return true;
  if (condition.type === "ParamLessThan")
    return (call.args[text(condition.value.param_name)] as bigint) < condition.value.limit;
  const { pallet, name } = call.args["call"] as RuntimeCall;
  return pallet === text(condition.value.pallet_name) && name === text(condition.value.call_name);
}

describe("ProxyFilterRuntimeApi", () => {
  it("lists all 18 types of proxy by number, the dead ones as deprecated", () => {
    const types = world.api<{ name: Uint8Array; index: number; deprecated: boolean }[]>(
      "ProxyFilterRuntimeApi_get_proxy_types",
      {},
    );
    expect(types.map(({ index }) => index)).toEqual(Array.from({ length: 18 }, (_, i) => i));
    expect(types.filter(({ deprecated }) => deprecated).map(({ name }) => text(name))).toEqual([
      "Senate",
      "Triumvirate",
      "Governance",
      "RootWeights",
    ]);
    expect(text(types[8]?.name ?? new Uint8Array())).toBe("Staking");
  });

  it("answers for one type, and with nothing for a number that is none", () => {
    const one = (proxy_type: number): ProxyFilterInfo[] =>
      world.api("ProxyFilterRuntimeApi_get_proxy_filter", { proxy_type });
    expect(one(11).map(({ name }) => text(name))).toEqual(["SmallTransfer"]);
    expect(one(99)).toEqual([]);
  });

  it.each(filters.map((filter) => [text(filter.name), filter] as const))(
    "says of %s what the chain does",
    (name, filter) => {
      const wrong = calls.filter((call) => allowed(filter, call) !== proxyAllows({ type: name } as ProxyType, call));
      expect(wrong.map((call) => `${call.pallet}.${call.name}`)).toEqual([]);
    },
  );
});
