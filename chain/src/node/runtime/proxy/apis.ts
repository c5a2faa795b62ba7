import { utf8 } from "@subnetkit/shared/util/bytes";
import { palletSpecs } from "../../../spec/pallets.ts";
import type { ProxyType } from "../../../spec/pallets/proxy.ts";
import {
  type CallCondition,
  type CallInfo,
  type FilterMode,
  type ProxyFilterInfo,
  proxyFilterInfo,
  proxyTypeInfo,
} from "../../../spec/runtime-apis-proxy.ts";
import { u8 } from "../../../spec/scale/numbers.ts";
import { vec } from "../../../spec/scale/sequences.ts";
import { option } from "../../../spec/scale/variants.ts";
import { apiMethod, type RuntimeApi } from "../pallet.ts";
import { ALLOWED, DENIED, SMALL_TRANSFER_LIMIT } from "./allowed.ts";

type Kind = ProxyType["type"];
type Filter = Pick<ProxyFilterInfo, "filter_mode" | "calls" | "exceptions">;

/** Types of proxy in the order of their numbers; the deprecated ones may do nothing. */
const KINDS: readonly (readonly [Kind, deprecated?: "deprecated"])[] = [
  ["Any"],
  ["Owner"],
  ["NonCritical"],
  ["NonTransfer"],
  ["Senate", "deprecated"],
  ["NonFungible"],
  ["Triumvirate", "deprecated"],
  ["Governance", "deprecated"],
  ["Staking"],
  ["Registration"],
  ["Transfer"],
  ["SmallTransfer"],
  ["RootWeights", "deprecated"],
  ["ChildKeys"],
  ["SudoUncheckedSetCode"],
  ["SwapHotkey"],
  ["SubnetLeaseBeneficiary"],
  ["RootClaim"],
];

/** ProxyFilterRuntimeApi: the types of proxy, and what each may do, as data (spec/subtensor-interface.md 4.1, 4.2). */
export const proxyFilterApi: RuntimeApi = {
  version: 1,
  methods: {
    get_proxy_types: apiMethod({
      args: {},
      result: vec(proxyTypeInfo),
      run: () => KINDS.map(([name, deprecated], index) => ({ ...head(name, deprecated), index })),
    }),
    get_proxy_filter: apiMethod({
      args: { proxy_type: option(u8) },
      result: vec(proxyFilterInfo),
      run: (_ctx, { proxy_type: wanted }) =>
        KINDS.flatMap(([name, deprecated], index) =>
          wanted === undefined || wanted === index
            ? [{ proxy_type: index, ...head(name, deprecated), ...filterOf(name) }]
            : [],
        ),
    }),
  },
};

const head = (name: Kind, deprecated: "deprecated" | undefined): { name: Uint8Array; deprecated: boolean } => ({
  name: utf8(name),
  deprecated: deprecated !== undefined,
});

/** The rules of `proxyAllows` as data. */
function filterOf(kind: Kind): Filter {
  switch (kind) {
    case "Any":
      return filter("AllowAll", []);
    case "NonTransfer":
    case "NonFungible":
      return filter("Deny", [callInfo("Balances"), ...callInfos(DENIED[kind])]);
    case "NonCritical":
      return filter("Deny", [callInfo("Sudo"), ...callInfos(DENIED[kind])]);
    case "Owner":
      return filter(
        "Allow",
        [
          callInfo("AdminUtils"),
          ...callInfos(["SubtensorModule.set_subnet_identity", "SubtensorModule.update_symbol"]),
        ],
        callInfos(["AdminUtils.sudo_set_sn_owner_hotkey"]),
      );
    case "SmallTransfer":
      return filter("Allow", [
        callInfo("Balances.transfer_keep_alive", lessThan("value")),
        callInfo("Balances.transfer_allow_death", lessThan("value")),
        callInfo("SubtensorModule.transfer_stake", lessThan("alpha_amount")),
      ]);
    case "SudoUncheckedSetCode":
      return filter("Allow", [
        callInfo("Sudo.sudo_unchecked_weight", {
          type: "NestedCallMustBe",
          value: { pallet_name: utf8("System"), call_name: utf8("set_code") },
        }),
      ]);
    case "Transfer":
    case "Staking":
    case "Registration":
    case "ChildKeys":
    case "SwapHotkey":
    case "RootClaim":
    case "SubnetLeaseBeneficiary":
      return filter("Allow", callInfos(ALLOWED[kind]));
    case "Senate":
    case "Triumvirate":
    case "Governance":
    case "RootWeights":
      return filter("DenyAll", []);
  }
}

const filter = (mode: FilterMode, calls: readonly CallInfo[], exceptions: readonly CallInfo[] = []): Filter => ({
  filter_mode: { type: mode },
  calls: [...calls],
  exceptions: [...exceptions],
});

const lessThan = (parameter: string): CallCondition => ({
  type: "ParamLessThan",
  value: { param_name: utf8(parameter), limit: SMALL_TRANSFER_LIMIT },
});

const callInfos = (names: Iterable<string> = []): CallInfo[] => [...names].map((name) => callInfo(name));

/** A call by `Pallet.call`, or a whole pallet by `Pallet`. Throws RangeError for one that the tables do not have. */
function callInfo(name: string, condition?: CallCondition): CallInfo {
  const [palletName, callName] = name.split(".") as [string, string?];
  const pallet = palletSpecs.find((one) => one.name === palletName);
  const call = callName === undefined ? undefined : pallet?.calls[callName];
  if (pallet === undefined || (callName !== undefined && call === undefined)) throw new RangeError(`no call ${name}`);
  return {
    pallet_name: utf8(palletName),
    pallet_index: pallet.index,
    call_name: callName === undefined ? undefined : utf8(callName),
    call_index: call?.index,
    condition,
  };
}
