import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { type Call, composeCall } from "./call.ts";
import type { ChainClient } from "./chain-client.ts";
import { callRuntime } from "./storage.ts";
import { type Submission, type SubmitOptions, submitCall } from "./submit.ts";

/** What registering a new subnet costs at the moment, rao. */
export async function networkRegistrationCost(client: ChainClient): Promise<bigint> {
  const cost = await callRuntime(
    client,
    {
      api: "subnetRegistrationRuntimeApi",
      method: "getNetworkRegistrationCost",
      wireName: "SubnetRegistrationRuntimeApi_get_network_registration_cost",
    },
    new Uint8Array(),
  );
  return BigInt(cost.toString());
}

/** Registers a new subnet; the netuid is that of its `NetworkAdded` event, undefined unless the call was carried out. `hotkey` is ss58. */
export async function registerNetwork(
  client: ChainClient,
  { hotkey, coldkey }: { readonly hotkey: string; readonly coldkey: Keypair },
  options: SubmitOptions,
): Promise<{ readonly submission: Submission; readonly netuid: number | undefined }> {
  const call = composeCall(client, "subtensorModule", "registerNetwork", [hotkey]);
  const submission = await submitCall(client, call, coldkey, options);
  if (submission.kind !== "included" && submission.kind !== "finalized") return { submission, netuid: undefined };
  const added = submission.events.find(({ pallet, name }) => pallet === "subtensorModule" && name === "NetworkAdded");
  return { submission, netuid: added === undefined ? undefined : Number(added.data[0]) };
}

/** Starts a subnet's emission and staking; only its owner may, once. */
export function startCall(
  client: ChainClient,
  { netuid, coldkey }: { readonly netuid: number; readonly coldkey: Keypair },
  options: SubmitOptions,
): Promise<Submission> {
  return submitCall(client, composeCall(client, "subtensorModule", "startCall", [netuid]), coldkey, options);
}

/**
 * The settings this client can change, with the AdminUtils call that does it. `scope` says whether the call takes a netuid first; most
 * need the sudo key, some the owner's coldkey (spec/subtensor-interface.md 2.4).
 */
const settings = {
  tempo: { call: "sudoSetTempo", scope: "subnet" },
  weightsRateLimitBlocks: { call: "sudoSetWeightsSetRateLimit", scope: "subnet" },
  servingRateLimitBlocks: { call: "sudoSetServingRateLimit", scope: "subnet" },
  weightsVersionKey: { call: "sudoSetWeightsVersionKey", scope: "subnet" },
  minAllowedWeights: { call: "sudoSetMinAllowedWeights", scope: "subnet" },
  immunityPeriodBlocks: { call: "sudoSetImmunityPeriod", scope: "subnet" },
  maxAllowedUids: { call: "sudoSetMaxAllowedUids", scope: "subnet" },
  maxAllowedValidators: { call: "sudoSetMaxAllowedValidators", scope: "subnet" },
  minNonImmuneUids: { call: "sudoSetMinNonImmuneUids", scope: "subnet" },
  registrationAllowed: { call: "sudoSetNetworkRegistrationAllowed", scope: "subnet" },
  commitRevealEnabled: { call: "sudoSetCommitRevealWeightsEnabled", scope: "subnet" },
  commitRevealPeriodEpochs: { call: "sudoSetCommitRevealWeightsInterval", scope: "subnet" },
  subtokenEnabled: { call: "sudoSetSubtokenEnabled", scope: "subnet" },
  emissionEnabled: { call: "sudoSetSubnetEmissionEnabled", scope: "subnet" },
  minBurnRao: { call: "sudoSetMinBurn", scope: "subnet" },
  maxBurnRao: { call: "sudoSetMaxBurn", scope: "subnet" },
  adminFreezeWindowBlocks: { call: "sudoSetAdminFreezeWindow", scope: "chain" },
  ownerHyperparamRateLimitEpochs: { call: "sudoSetOwnerHparamRateLimit", scope: "chain" },
  networkRateLimitBlocks: { call: "sudoSetNetworkRateLimit", scope: "chain" },
  txRateLimitBlocks: { call: "sudoSetTxRateLimit", scope: "chain" },
  stakeThresholdRao: { call: "sudoSetStakeThreshold", scope: "chain" },
} as const;

/** Names of the settings, in this project's units. */
export type SettingName = keyof typeof settings;

/** One change: `netuid` is ignored for settings of the whole chain. */
export type SettingChange = {
  readonly name: SettingName;
  readonly value: number | bigint | boolean;
  readonly netuid?: number;
};

/** The AdminUtils call of a change, to be wrapped in sudo or signed by the owner. */
export function settingCall(client: ChainClient, change: SettingChange): Call {
  const { call, scope } = settings[change.name];
  const args = scope === "chain" ? [change.value] : [change.netuid ?? 0, change.value];
  return composeCall(client, "adminUtils", call, args);
}

/** A call made as root. */
export function sudoCall(client: ChainClient, call: Call): Call {
  return composeCall(client, "sudo", "sudo", [call]);
}

/** Changes settings as root, all submitted at once by the sudo key and answered in the order given. */
export function applySettings(
  client: ChainClient,
  { changes, sudoKey }: { readonly changes: readonly SettingChange[]; readonly sudoKey: Keypair },
  options: SubmitOptions,
): Promise<readonly Submission[]> {
  const calls = changes.map((change) => sudoCall(client, settingCall(client, change)));
  return Promise.all(calls.map((call) => submitCall(client, call, sudoKey, options)));
}
