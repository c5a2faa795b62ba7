import { randomBytes } from "node:crypto";
import { type BoundedMap, createBoundedMap } from "@subnetkit/shared/util/boundedMap";
import { keepMinutes, type KnownAddress, maxNetworks } from "./known-addresses.ts";
import { networkOf } from "./network-of.ts";
import { createRateLimiter, type RateLimit, type RateLimiter } from "./rate-limiter.ts";

/** How much is taken from one address. */
export type AddressLimits = {
  /** Requests of one address, whoever they claim to be from. */
  readonly requests: RateLimit;
  /**
   * Requests of one address whose signature turns out wrong; and of all addresses together that name one hotkey, these as often in the long run and
   * {@link regions} times as many at once.
   */
  readonly failures: RateLimit;
};

/** Bounds what strangers can make us do before anybody has proven who he is. */
export type AddressGuard = {
  /** Takes a request: 0 when it may go on, else the milliseconds to wait. */
  take(address: string): number;
  /** A request from there that may cost a curve operation in the name of this hotkey, or the milliseconds to wait. */
  attempt(address: string, hotkey: string): Attempt | number;
  /** Somebody has proven from there to be this hotkey, by a signature used for the first time or by a connection. */
  proven(address: string, hotkey: string): void;
  /** The hotkeys that somebody has proven from this network to be. */
  hotkeysIn(network: string): readonly string[];
  /** Takes it that these were proven, by an earlier process. */
  learn(known: Iterable<KnownAddress>): void;
  /** What was proven since this was last asked, to be kept for the next process. */
  takeLearnt(): readonly KnownAddress[];
};

/** A signature that may be checked. */
export type Attempt = {
  /** Whether somebody has proven from there to be this hotkey before. */
  readonly known: boolean;
  /** To be called once it is known whether the signature is right, or that nobody looks at it; later calls do nothing. */
  end(result: "right" | "wrong" | "unchecked"): void;
};

/** What the guard asks others. */
export type AddressGuardModules = {
  /** Unix milliseconds, default the clock. */
  readonly now?: () => number;
  /** Milliseconds of a clock that only goes on, which the buckets fill by. */
  readonly elapsed?: () => number;
  /** The network that a hotkey's own axon is announced in: only whoever has the hotkey can have put it on the chain. */
  readonly announced?: (hotkey: string) => string | undefined;
};

/** Addresses remembered; each costs about 100 bytes. */
const maxAddresses = 16_384;

/**
 * The addresses that nobody is known to be at are told apart by so many regions, where one hotkey is named: forgers with few addresses use up what may be
 * forged in theirs, and a validator that asks from a new place is heard in most of the others. It needs to be heard once.
 */
const regions = 8;

/** Hotkeys remembered, and of each {@link maxNetworks}: one caller in many places makes us forget no other. */
const maxHotkeys = 1_024;

/** That somebody still asks from where he did is noted so often, minutes; and so many notes are held until they are taken. */
const noteEveryMinutes = 10;
const maxNotes = 16_384;

/**
 * Token buckets by address (networks for IPv6). Anybody can name a known hotkey and send well-formed rubbish, which costs a curve operation each:
 * an address whose signatures fail too often gets no more of them. When many addresses do it in one hotkey's name, only those that have proven to
 * be that hotkey before, in this process or in an earlier one, and the address that the hotkey itself has announced on the chain, may still speak for it:
 * the forgers cannot lock out the validator they name, not even right after a restart, nor from a new address unless they have addresses in its part of
 * the network. A stranger's attempt is counted as a failure until it is none:
 * counted only afterwards, any number of heads that wait for their bodies could pass on the last token.
 */
export function createAddressGuard(
  limits: AddressLimits,
  { now = Date.now, elapsed, announced = () => undefined }: AddressGuardModules = {},
): AddressGuard {
  const requests = createRateLimiter(limits.requests, elapsed, maxAddresses);
  const byAddress = createRateLimiter(limits.failures, elapsed, maxAddresses);
  const byHotkey = createRateLimiter(
    { perSecond: limits.failures.perSecond / regions, burst: limits.failures.burst },
    elapsed,
  );
  // Nobody can know beforehand whose region is whose.
  const salt = randomBytes(4).readUInt32LE();
  /** By hotkey and network: when it was proven last, or noted to be, minutes of unix time. */
  const provenIn = createBoundedMap<string, BoundedMap<string, number>>(maxHotkeys, (hotkey, networks) => {
    for (const network of networks.keys()) leave(hotkey, network);
  });
  /** By network: which hotkeys are remembered to be in it. */
  const familiar = new Map<string, Set<string>>();
  let notes: KnownAddress[] = [];

  const minuteNow = (): number => Math.floor(now() / 60_000);

  const knows = (network: string, hotkey: string): boolean => {
    const minute = provenIn.get(hotkey)?.get(network);
    return (minute !== undefined && minute >= minuteNow() - keepMinutes) || announced(hotkey) === network;
  };

  const leave = (hotkey: string, network: string): void => {
    const hotkeys = familiar.get(network);
    hotkeys?.delete(hotkey);
    if (hotkeys?.size === 0) familiar.delete(network);
  };

  const remember = ({ hotkey, network, minute }: KnownAddress): void => {
    const networks =
      provenIn.get(hotkey) ?? createBoundedMap<string, number>(maxNetworks, (gone) => leave(hotkey, gone));
    familiar.set(network, (familiar.get(network) ?? new Set()).add(hotkey));
    networks.set(network, minute);
    provenIn.set(hotkey, networks);
  };

  return {
    take: (address) => requests.take(networkOf(address)),
    attempt: (address, hotkey) => {
      const network = networkOf(address);
      if (knows(network, hotkey)) {
        const waitMs = byAddress.wait(network);
        return waitMs > 0 ? waitMs : new CountedAttempt(true, network, hotkey, byAddress, byHotkey);
      }
      const ofAddressMs = byAddress.take(network);
      if (ofAddressMs > 0) return ofAddressMs;
      const named = `${hotkey} ${regionOf(network, salt)}`;
      const ofHotkeyMs = byHotkey.take(named);
      if (ofHotkeyMs === 0) return new CountedAttempt(false, network, named, byAddress, byHotkey);
      byAddress.giveBack(network);
      return ofHotkeyMs;
    },
    proven: (address, hotkey) => {
      const network = networkOf(address);
      const minute = minuteNow();
      const noted = provenIn.get(hotkey)?.get(network);
      if (noted !== undefined && minute - noted < noteEveryMinutes) return;
      const note = { hotkey, network, minute };
      remember(note);
      if (notes.length < maxNotes) notes.push(note);
    },
    hotkeysIn: (network) => [...(familiar.get(network) ?? [])].filter((hotkey) => knows(network, hotkey)),
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

/** The half of an IPv4 address, or the /32 of an IPv6 one, that one owner often has, as one of {@link regions}. */
function regionOf(network: string, salt: number): number {
  const separator = network.includes(":") ? ":" : ".";
  const end = network.indexOf(separator, network.indexOf(separator) + 1);
  let hash = salt;
  for (let i = 0; i < end; i++) hash = Math.imul(hash ^ network.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % regions;
}

/** A class, because three closures per request would cost more than what they count. */
class CountedAttempt implements Attempt {
  readonly known: boolean;
  readonly #network: string;
  readonly #named: string;
  readonly #byAddress: RateLimiter;
  readonly #byHotkey: RateLimiter;
  #open = true;

  constructor(known: boolean, network: string, named: string, byAddress: RateLimiter, byHotkey: RateLimiter) {
    this.known = known;
    this.#network = network;
    this.#named = named;
    this.#byAddress = byAddress;
    this.#byHotkey = byHotkey;
  }

  end(result: "right" | "wrong" | "unchecked"): void {
    if (!this.#open) return;
    this.#open = false;
    if (this.known && result === "wrong") this.#byAddress.take(this.#network);
    if (!this.known && result !== "wrong") {
      this.#byAddress.giveBack(this.#network);
      this.#byHotkey.giveBack(this.#named);
    }
  }
}
