import { type BoundedMap, createBoundedMap } from "@subnetkit/shared/util/boundedMap";
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
};

/** Addresses remembered; each costs about 100 bytes. */
const maxAddresses = 16_384;

/** Hotkeys remembered, and of each so many networks it has proven to be in: one caller in many places makes us forget no other. */
const maxHotkeys = 1_024;
const maxNetworks = 64;

/**
 * Token buckets by address (networks for IPv6). Anybody can name a known hotkey and send well-formed rubbish, which costs a curve operation each:
 * an address whose signatures fail too often gets no more of them. When many addresses do it in one hotkey's name, only those that have proven to
 * be that hotkey before may still speak for it: the forgers cannot lock out the validator they name.
 */
export function createAddressGuard(limits: AddressLimits, now: () => number = Date.now): AddressGuard {
  const requests = createRateLimiter(limits.requests, now, maxAddresses);
  const byAddress = createRateLimiter(limits.failures, now, maxAddresses);
  const byHotkey = createRateLimiter(limits.failures, now);
  const proven = createBoundedMap<string, BoundedMap<string, true>>(maxHotkeys);

  const knows = (network: string, hotkey: string): boolean => proven.get(hotkey)?.get(network) === true;

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
        const networks = proven.get(hotkey) ?? createBoundedMap<string, true>(maxNetworks);
        networks.set(network, true);
        proven.set(hotkey, networks);
        return;
      }
      byAddress.take(network);
      byHotkey.take(hotkey);
    },
  };
}
