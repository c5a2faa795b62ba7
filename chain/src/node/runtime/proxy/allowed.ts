/** What each type of proxy may do (spec/subtensor-interface.md 2.5). */
import type { RuntimeCall } from "../../../spec/call.ts";
import type { ProxyType } from "../../../spec/pallets/proxy.ts";

type Kind = ProxyType["type"];

/** Rao below which a transfer is small. */
export const SMALL_TRANSFER_LIMIT = 500_000_000n;

const subtensor = (...names: readonly string[]): string[] => names.map((name) => `SubtensorModule.${name}`);
const admin = (...names: readonly string[]): string[] => names.map((name) => `AdminUtils.${name}`);

const stakeTransfer = subtensor("transfer_stake");
const coldkeySwap = subtensor(
  "swap_coldkey",
  "schedule_swap_coldkey",
  "announce_coldkey_swap",
  "swap_coldkey_announced",
  "dispute_coldkey_swap",
  "clear_coldkey_swap_announcement",
  "reset_coldkey_swap",
);
const hotkeySwap = subtensor("swap_hotkey", "swap_hotkey_v2");
const burnedRegistration = subtensor("burned_register", "register_limit");
const stakeManagement = subtensor(
  "add_stake",
  "add_stake_limit",
  "remove_stake",
  "remove_stake_limit",
  "remove_stake_full_limit",
  "unstake_all",
  "unstake_all_alpha",
  "move_stake",
  "swap_stake",
  "swap_stake_limit",
);

/** Calls only some types may make. */
export const ALLOWED: Partial<Record<Kind, ReadonlySet<string>>> = {
  Transfer: new Set([
    "Balances.transfer_keep_alive",
    "Balances.transfer_allow_death",
    "Balances.transfer_all",
    ...stakeTransfer,
  ]),
  Staking: new Set([...stakeManagement, ...subtensor("set_root_claim_type")]),
  Registration: new Set([...subtensor("register"), ...burnedRegistration]),
  ChildKeys: new Set(subtensor("set_children", "set_childkey_take")),
  SwapHotkey: new Set(hotkeySwap),
  RootClaim: new Set(subtensor("claim_root")),
  SubnetLeaseBeneficiary: new Set([
    ...subtensor("start_call", "set_subnet_identity", "update_symbol"),
    ...admin(
      "sudo_set_serving_rate_limit",
      "sudo_set_min_difficulty",
      "sudo_set_max_difficulty",
      "sudo_set_weights_version_key",
      "sudo_set_adjustment_alpha",
      "sudo_set_immunity_period",
      "sudo_set_min_allowed_weights",
      "sudo_set_kappa",
      "sudo_set_rho",
      "sudo_set_activity_cutoff",
      "sudo_set_network_registration_allowed",
      "sudo_set_network_pow_registration_allowed",
      "sudo_set_max_burn",
      "sudo_set_bonds_moving_average",
      "sudo_set_bonds_penalty",
      "sudo_set_commit_reveal_weights_enabled",
      "sudo_set_liquid_alpha_enabled",
      "sudo_set_alpha_values",
      "sudo_set_commit_reveal_weights_interval",
      "sudo_set_toggle_transfer",
    ),
  ]),
};

/** Calls that types without a list may not make. */
export const DENIED: Partial<Record<Kind, ReadonlySet<string>>> = {
  NonTransfer: new Set([...stakeTransfer, ...coldkeySwap]),
  NonFungible: new Set([
    ...stakeManagement,
    ...stakeTransfer,
    ...burnedRegistration,
    ...subtensor("root_register"),
    ...hotkeySwap,
    ...coldkeySwap,
  ]),
  NonCritical: new Set([
    ...burnedRegistration,
    ...subtensor("root_register", "dissolve_network", "root_dissolve_network"),
    ...coldkeySwap,
  ]),
};

/** True when a proxy of this type may make the call. */
export function proxyAllows({ type }: ProxyType, call: RuntimeCall): boolean {
  const name = `${call.pallet}.${call.name}`;
  switch (type) {
    case "Any":
      return true;
    case "NonTransfer":
    case "NonFungible":
      return call.pallet !== "Balances" && DENIED[type]?.has(name) !== true;
    case "NonCritical":
      return call.pallet !== "Sudo" && DENIED[type]?.has(name) !== true;
    case "Owner":
      return (
        name === "SubtensorModule.set_subnet_identity" ||
        name === "SubtensorModule.update_symbol" ||
        (call.pallet === "AdminUtils" && name !== "AdminUtils.sudo_set_sn_owner_hotkey")
      );
    case "SmallTransfer":
      return isSmallTransfer(name, call.args);
    case "SudoUncheckedSetCode":
      return name === "Sudo.sudo_unchecked_weight" && isSetCode(call.args["call"] as RuntimeCall);
    case "Transfer":
    case "Staking":
    case "Registration":
    case "ChildKeys":
    case "SwapHotkey":
    case "RootClaim":
    case "SubnetLeaseBeneficiary":
      return ALLOWED[type]?.has(name) === true;
    case "Senate":
    case "Triumvirate":
    case "Governance":
    case "RootWeights":
      return false;
  }
}

/** True when a proxy of the first type may add and remove proxies of the second. */
export function isSuperset({ type }: ProxyType, { type: other }: ProxyType): boolean {
  if (type === other || type === "Any") return true;
  if (other === "Any") return false;
  if (type === "NonTransfer") return other !== "Transfer" && other !== "SmallTransfer";
  return type === "Transfer" && other === "SmallTransfer";
}

function isSmallTransfer(name: string, args: RuntimeCall["args"]): boolean {
  switch (name) {
    case "Balances.transfer_keep_alive":
    case "Balances.transfer_allow_death":
      return (args["value"] as bigint) < SMALL_TRANSFER_LIMIT;
    case "SubtensorModule.transfer_stake":
      return (args["alpha_amount"] as bigint) < SMALL_TRANSFER_LIMIT;
    default:
      return false;
  }
}

const isSetCode = (call: RuntimeCall): boolean => call.pallet === "System" && call.name === "set_code";
