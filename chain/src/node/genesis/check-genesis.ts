/** Checks of a genesis that one field alone cannot fail: duplicates, uids, room, sums. */
import { balances, EXISTENTIAL_DEPOSIT } from "../../spec/pallets/balances.ts";
import { MAX_UIDS_OVER_MECHANISMS } from "../runtime/subtensor/state/ids.ts";
import { genesisInvalid, type GenesisPath } from "./invalid.ts";
import type { Genesis, GenesisRows, GenesisSubnet } from "./schema.ts";

/** A new subnet's room for neurons where the genesis does not say (spec/subtensor-interface.md 5.1). */
const DEFAULT_MAX_UIDS = 256;
const U16_MAX = 65_535;

/** Throws E_GENESIS_INVALID for the first contradiction. */
export function checkGenesis(genesis: Genesis): void {
  checkAccounts(genesis);
  distinct(genesis.root?.members ?? [], "hotkey", ["root", "members"]);
  checkNetuids(genesis);
  checkOwners(genesis);
  for (const [i, subnet] of genesis.subnets.entries()) checkSubnet(subnet, genesis.block, ["subnets", i]);
}

/** Hotkeys of a subnet in uid order: the owner's is uid 0. */
export function hotkeysInOrder(subnet: GenesisSubnet): readonly string[] {
  const listed = subnet.neurons.map(({ hotkey }) => hotkey);
  const owner = ownerHotkeyOf(subnet);
  return owner === undefined || listed[0] === owner ? listed : [owner, ...listed];
}

/** Hotkey of a subnet's owner: the one given, or the first neuron's. */
export function ownerHotkeyOf({ ownerHotkey, neurons }: GenesisSubnet): string | undefined {
  return ownerHotkey ?? neurons[0]?.hotkey;
}

function checkAccounts({ accounts }: Genesis): void {
  distinct(accounts, "account", ["accounts"]);
  accounts.forEach(({ balance }, i) => {
    if (balance < EXISTENTIAL_DEPOSIT)
      throw genesisInvalid({
        path: ["accounts", i, "balance"],
        problem: `it is below the ${EXISTENTIAL_DEPOSIT} rao of ${balances.name} that keep an account alive`,
        value: balance,
        fix: "Give more, or leave the account out.",
      });
  });
}

function checkNetuids({ subnets, localnetSubnet }: Genesis): void {
  const taken = new Set(localnetSubnet ? [1] : []);
  subnets.forEach(({ netuid }, i) => {
    if (netuid === undefined) return;
    if (taken.has(netuid))
      throw genesisInvalid({
        path: ["subnets", i, "netuid"],
        problem: "another subnet has it",
        value: netuid,
        fix: netuid === 1 ? "Give another netuid, or set localnetSubnet to false." : "Give another netuid, or none.",
      });
    taken.add(netuid);
  });
}

/** A hotkey has one coldkey on the whole chain. */
function checkOwners({ root, subnets }: Genesis): void {
  const owners = new Map<string, string>();
  const own = (hotkey: string, coldkey: string, path: GenesisPath): void => {
    const known = owners.get(hotkey);
    if (known !== undefined && known !== coldkey)
      throw genesisInvalid({
        path,
        problem: "this hotkey belongs to another coldkey elsewhere in the genesis",
        value: hotkey,
        fix: "Give the hotkey the same coldkey everywhere.",
      });
    owners.set(hotkey, coldkey);
  };
  for (const [i, { hotkey, coldkey }] of (root?.members ?? []).entries()) own(hotkey, coldkey, ["root", "members", i]);
  subnets.forEach((subnet, i) => {
    const ownerHotkey = ownerHotkeyOf(subnet);
    if (ownerHotkey !== undefined) own(ownerHotkey, subnet.owner, ["subnets", i, "ownerHotkey"]);
    for (const [n, { hotkey, coldkey }] of subnet.neurons.entries()) own(hotkey, coldkey, ["subnets", i, "neurons", n]);
  });
}

function checkSubnet(subnet: GenesisSubnet, block: number, path: GenesisPath): void {
  distinct(subnet.neurons, "hotkey", [...path, "neurons"]);
  const hotkeys = hotkeysInOrder(subnet);
  if (hotkeys.length === 0)
    throw genesisInvalid({
      path: [...path, "ownerHotkey"],
      problem: "a subnet has its owner's hotkey as uid 0, and there is none",
      fix: "Give ownerHotkey, or at least one neuron.",
    });
  if (new Set(hotkeys).size !== hotkeys.length)
    throw genesisInvalid({
      path: [...path, "neurons"],
      problem: "the owner's hotkey is uid 0, so it is the first neuron or none",
      fix: "List the owner's hotkey first.",
    });
  checkRoom(subnet, hotkeys.length, path);
  subnet.neurons.forEach(({ registeredAt }, i) => {
    if (registeredAt !== undefined && registeredAt > block)
      throw genesisInvalid({
        path: [...path, "neurons", i, "registeredAt"],
        problem: `it is after the first block, ${block}`,
        value: registeredAt,
        fix: "Give an earlier block, or raise `block`.",
      });
  });
  checkStart(subnet, block, path);
  const { alpha_low, alpha_high, tempo } = subnet.hyperparameters;
  if ((alpha_low === undefined) !== (alpha_high === undefined))
    throw genesisInvalid({
      path: [...path, "hyperparameters", alpha_low === undefined ? "alpha_low" : "alpha_high"],
      problem: "alpha_low and alpha_high are set together",
      fix: "Give both.",
    });
  if (subnet.tempo !== undefined && tempo !== undefined && tempo !== subnet.tempo)
    throw genesisInvalid({
      path: [...path, "tempo"],
      problem: `hyperparameters.tempo is ${tempo}`,
      value: subnet.tempo,
      fix: "Give the tempo once.",
    });
  checkAllRows(subnet, hotkeys.length, path);
}

function checkStart({ startedAt, reserves }: GenesisSubnet, block: number, path: GenesisPath): void {
  if (startedAt !== undefined && startedAt > block + 1)
    throw genesisInvalid({
      path: [...path, "startedAt"],
      problem: `it is after block ${block + 1}, the first one that can emit`,
      value: startedAt,
      fix: "Give an earlier block, or `started: false` and call start_call later.",
    });
  for (const side of ["tao", "alpha"] as const)
    if (reserves !== undefined && reserves[side] === 0n)
      throw genesisInvalid({
        path: [...path, "reserves", side],
        problem: "a pool with nothing on one side has no price",
        value: 0,
        fix: "Give both sides something, or leave the reserves out.",
      });
}

function checkRoom(subnet: GenesisSubnet, uids: number, path: GenesisPath): void {
  const room = subnet.hyperparameters.max_allowed_uids ?? DEFAULT_MAX_UIDS;
  if (uids > room)
    throw genesisInvalid({
      path: [...path, "neurons"],
      problem: `there are ${uids} neurons, the owner's included, and room for ${room}`,
      fix: "List fewer, or raise hyperparameters.max_allowed_uids (256 at most).",
    });
  const { mechanisms } = subnet;
  if (mechanisms === undefined) return;
  if (room * mechanisms.count > MAX_UIDS_OVER_MECHANISMS)
    throw genesisInvalid({
      path: [...path, "mechanisms", "count"],
      problem: `${mechanisms.count} mechanisms of ${room} neurons are more than ${MAX_UIDS_OVER_MECHANISMS} together`,
      value: mechanisms.count,
      fix: "Lower hyperparameters.max_allowed_uids.",
    });
  const { split } = mechanisms;
  if (split === undefined) return;
  const sum = split.reduce((total, part) => total + part, 0);
  if (sum !== U16_MAX || split.length > mechanisms.count)
    throw genesisInvalid({
      path: [...path, "mechanisms", "split"],
      problem: `it must be at most ${mechanisms.count} parts that sum to ${U16_MAX}, and they sum to ${sum}`,
      fix: "Correct the parts, or leave them out for equal ones.",
    });
}

function checkAllRows({ weights, bonds, mechanisms }: GenesisSubnet, uids: number, path: GenesisPath): void {
  checkRows(weights, uids, [...path, "weights"]);
  checkRows(bonds, uids, [...path, "bonds"]);
  for (const kind of ["weights", "bonds"] as const) {
    for (const [mecid, rows] of Object.entries(mechanisms?.[kind] ?? {})) {
      const at = [...path, "mechanisms", kind, mecid];
      if (Number(mecid) < 1 || Number(mecid) >= (mechanisms?.count ?? 1))
        throw genesisInvalid({
          path: at,
          problem: `there is no such mechanism besides the main one; there are ${mechanisms?.count ?? 1}`,
          fix: "Rows of the main mechanism stand in the subnet itself; others go by 1, 2, ...",
        });
      checkRows(rows, uids, at);
    }
  }
}

function checkRows(rows: GenesisRows | undefined, uids: number, path: GenesisPath): void {
  for (const [from, row] of Object.entries(rows ?? {})) {
    const problem = (at: GenesisPath, uid: number): Error =>
      genesisInvalid({
        path: at,
        problem: `there is no uid ${uid}; there are ${uids}`,
        fix: `Give a uid below ${uids}.`,
      });
    if (Number(from) >= uids) throw problem([...path, from], Number(from));
    const seen = new Set<number>();
    row.forEach(([to], i) => {
      if (to >= uids) throw problem([...path, from, i], to);
      if (seen.has(to))
        throw genesisInvalid({
          path: [...path, from, i],
          problem: "a row names each uid once",
          value: to,
          fix: "Remove the second entry.",
        });
      seen.add(to);
    });
  }
}

function distinct<K extends string>(list: readonly { readonly [N in K]: string }[], field: K, path: GenesisPath): void {
  const seen = new Set<string>();
  list.forEach((one, i) => {
    if (seen.has(one[field]))
      throw genesisInvalid({
        path: [...path, i, field],
        problem: "it is in the list twice",
        value: one[field],
        fix: "Remove one of them.",
      });
    seen.add(one[field]);
  });
}
