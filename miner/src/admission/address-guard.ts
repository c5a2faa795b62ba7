import { type BoundedMap, createBoundedMap } from "@subnetkit/shared/util/boundedMap";
import { keepMinutes, type KnownAddress, maxNetworks } from "./known-addresses.ts";
import { networkOf } from "./network-of.ts";
import type { RateLimit } from "./rate-limiter.ts";
import { createRateLimiter } from "./rate-limiter.ts";

/** How much is taken from one address. */
export type AddressLimits = {
  /** Requests of one address, whoever they claim to be from. */
  readonly requests: RateLimit;
  /** Requests of one address whose signature turns out wrong; and of all addresses together that name one hotkey. */
  readonly failures: RateLimit;
};

/** Bounds what strangers can make us do before anybody has proven who he is. */
export type AddressGuard = {
  /** Takes a request: 0 when it may go on, else the milliseconds to wait. */
  take(address: string): number;
  /** Whether a request from there may cost a curve operation in the name of this hotkey: 0, or the milliseconds to wait. */
  mayVerify(address: string, hotkey: string): number;
  /** Whether somebody has proven from there to be this hotkey. */
  knows(address: string, hotkey: string): boolean;
  /** A signature was right, on a request used for the first time, or wrong. */
  verified(address: string, hotkey: string, right: boolean): void;
  /** Whether anybody has proven anything from this network. */
  isFamiliar(network: string): boolean;
  /** Takes it that these were proven, by an earlier process. */
  learn(known: Iterable<KnownAddress>): void;
  /** What was proven since this was last asked, to be kept for the next process. */
  takeLearnt(): readonly KnownAddress[];
};

/** What the guard asks others. */
export type AddressGuardModules = {
  /** Unix milliseconds, default the clock. */
  readonly now?: () => number;
  /** The network that a hotkey's own axon is announced in: only whoever has the hotkey can have put it on the chain. */
  readonly announced?: (hotkey: string) => string | undefined;
};

/** Addresses remembered; each costs about 100 bytes. */
const maxAddresses = 16_384;

/** Hotkeys remembered, and of each {@link maxNetworks}: one caller in many places makes us forget no other. */
const maxHotkeys = 1_024;

/** That somebody still asks from where he did is noted so often, minutes; and so many notes are held until they are taken. */
const noteEveryMinutes = 10;
const maxNotes = 16_384;

/**
 * Token buckets by address (networks for IPv6). Anybody can name a known hotkey and send well-formed rubbish, which costs a curve operation each:
 * an address whose signatures fail too often gets no more of them. When many addresses do it in one hotkey's name, only those that have proven to
 * be that hotkey before, in this process or in an earlier one, and the address that the hotkey itself has announced on the chain, may still speak for it:
 * the forgers cannot lock out the validator they name, not even right after a restart.
 */
export function createAddressGuard(
  limits: AddressLimits,
  { now = Date.now, announced = () => undefined }: AddressGuardModules = {},
): AddressGuard {
  const requests = createRateLimiter(limits.requests, now, maxAddresses);
  const byAddress = createRateLimiter(limits.failures, now, maxAddresses);
  const byHotkey = createRateLimiter(limits.failures, now);
  /** By hotkey and network: when it was proven last, or noted to be, minutes of unix time. */
  const proven = createBoundedMap<string, BoundedMap<string, number>>(maxHotkeys, (_hotkey, networks) => {
    for (const network of networks.keys()) leave(network);
  });
  /** By network: how many hotkeys are remembered to be in it. */
  const familiar = new Map<string, number>();
  let notes: KnownAddress[] = [];

  const minuteNow = (): number => Math.floor(now() / 60_000);

  const knows = (network: string, hotkey: string): boolean => {
    const minute = proven.get(hotkey)?.get(network);
    return (minute !== undefined && minute >= minuteNow() - keepMinutes) || announced(hotkey) === network;
  };

  const leave = (network: string): void => {
    const left = (familiar.get(network) ?? 1) - 1;
    if (left > 0) familiar.set(network, left);
    else familiar.delete(network);
  };

  const remember = ({ hotkey, network, minute }: KnownAddress): void => {
    const networks = proven.get(hotkey) ?? createBoundedMap<string, number>(maxNetworks, leave);
    if (networks.get(network) === undefined) familiar.set(network, (familiar.get(network) ?? 0) + 1);
    networks.set(network, minute);
    proven.set(hotkey, networks);
  };

  return {
    take: (address) => requests.take(networkOf(address)),
    mayVerify: (address, hotkey) => {
      const network = networkOf(address);
      const ownMs = byAddress.wait(network);
      if (ownMs > 0) return ownMs;
      return knows(network, hotkey) ? 0 : byHotkey.wait(hotkey);
    },
    knows: (address, hotkey) => knows(networkOf(address), hotkey),
    verified: (address, hotkey, right) => {
      const network = networkOf(address);
      if (right) {
        const minute = minuteNow();
        const noted = proven.get(hotkey)?.get(network);
        if (noted !== undefined && minute - noted < noteEveryMinutes) return;
        const note = { hotkey, network, minute };
        remember(note);
        if (notes.length < maxNotes) notes.push(note);
        return;
      }
      byAddress.take(network);
      byHotkey.take(hotkey);
    },
    isFamiliar: (network) => familiar.has(network),
    learn: (known) => {
      for (const each of known) remember(each);
    },
    takeLearnt: () => {
      const taken = notes;
      notes = [];
      return taken;
    },
  };
}
