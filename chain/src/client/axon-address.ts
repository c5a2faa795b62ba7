import { appError } from "@subnetkit/shared/errors/app-error";
import { ipNumber } from "../spec/ip-number.ts";

export { ipNumber } from "../spec/ip-number.ts";

/** The address a neuron announced. `ip` is canonical text; `version` and `protocol` are the announcer's own numbers. */
export type AxonInfo = {
  readonly ip: string;
  readonly port: number;
  readonly ipType: 4 | 6;
  readonly protocol: number;
  readonly version: number;
  /** Block in which it was announced. */
  readonly block: number;
};

/**
 * Stands on the chain for "this machine": the chain refuses 127.0.0.1 (spec/subtensor-interface.md 2.3), so neurons of a local network
 * announce 0.0.0.1, an address that never appears on a real network, and only clients that allow private addresses map it to loopback.
 */
export const loopbackStandIn = "0.0.0.1";

/** The chain's `AxonInfo` as numbers, or undefined for a neuron that never announced one (all zeros). */
export function axonInfoOf(
  raw:
    | {
        readonly block: number;
        readonly version: number;
        readonly ip: bigint;
        readonly port: number;
        readonly ipType: number;
        readonly protocol: number;
      }
    | undefined,
): AxonInfo | undefined {
  if (raw === undefined || raw.port === 0) return undefined;
  const ipType = raw.ipType === 6 ? 6 : 4;
  return {
    ip: ipText(raw.ip, ipType),
    port: raw.port,
    ipType,
    protocol: raw.protocol,
    version: raw.version,
    block: raw.block,
  };
}

/** The text of a stored address: dotted quads, or RFC 5952 for IPv6. */
export function ipText(value: bigint, ipType: 4 | 6): string {
  if (ipType === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  // The URL parser compresses exactly as RFC 5952 asks.
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

/**
 * Checks an address by the chain's own rules for `serve_axon` before it costs a transaction: a version 4 or 6 address, not the all-ones
 * one, not loopback, port not 0 (spec/subtensor-interface.md 2.3). Throws E_AXON_ADDRESS.
 */
export function checkAxonAddress(ip: string, port: number): { readonly value: bigint; readonly ipType: 4 | 6 } {
  const refuse = (reason: string): never => {
    throw appError("E_AXON_ADDRESS", { ip, port, reason });
  };
  const { value, ipType } = ipNumber(ip);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) refuse("the port is not from 1 to 65535");
  if (ipType === 4 && value === 0x7f000001n) refuse("the chain refuses loopback");
  if (ipType === 4 && value === 0xffffffffn) refuse("it is the broadcast address");
  if (ipType === 6 && value === 1n) refuse("the chain refuses loopback");
  if (ipType === 6 && value === (1n << 128n) - 1n) refuse("it is the all-ones address");
  return { value, ipType };
}

/** Where to send a request to a neuron: host and port for a URL, or why not. */
export type AxonTarget =
  | { readonly kind: "reachable"; readonly host: string; readonly port: number }
  | { readonly kind: "unusable"; readonly reason: "not announced" | "private address" };

/**
 * The host and port to use for an announced address. With `allowPrivate` the stand-in becomes 127.0.0.1 and private ranges pass; without,
 * they are refused: a neuron must not be able to point its callers at their own network.
 */
export function axonTarget(axon: AxonInfo | undefined, options: { readonly allowPrivate: boolean }): AxonTarget {
  if (axon === undefined) return { kind: "unusable", reason: "not announced" };
  if (options.allowPrivate && axon.ip === loopbackStandIn)
    return { kind: "reachable", host: "127.0.0.1", port: axon.port };
  if (!options.allowPrivate && isPrivateAddress(axon)) return { kind: "unusable", reason: "private address" };
  return { kind: "reachable", host: axon.ipType === 6 ? `[${axon.ip}]` : axon.ip, port: axon.port };
}

/** First octets (or bits) of ranges that are not public: RFC 1918, 6598, link-local, loopback, multicast and reserved, "this network". */
const privateV4: readonly (readonly [bigint, number])[] = [
  [0x00000000n, 8],
  [0x0a000000n, 8],
  [0x64400000n, 10],
  [0x7f000000n, 8],
  [0xa9fe0000n, 16],
  [0xac100000n, 12],
  [0xc0000000n, 24],
  [0xc0a80000n, 16],
  [0xc6120000n, 15],
  [0xe0000000n, 3],
];

/** True for addresses that only mean something inside one network; IPv4 addresses written as IPv6 are judged as IPv4. */
export function isPrivateAddress({ ip }: { readonly ip: string }): boolean {
  const { value, ipType } = ipNumber(ip);
  if (ipType === 4) return isPrivateV4(value);
  const mapped = value >> 32n;
  if (mapped === 0xffffn || mapped === 0n || mapped === 0x0064ff9bn << 64n) return isPrivateV4(value & 0xffffffffn);
  // 6to4 carries the IPv4 address of its router in the second and third group.
  if (value >> 112n === 0x2002n) return isPrivateV4((value >> 80n) & 0xffffffffn);
  // Only 2000::/3 is global unicast.
  return value >> 125n !== 1n;
}

function isPrivateV4(value: bigint): boolean {
  return privateV4.some(([base, bits]) => value >> BigInt(32 - bits) === base >> BigInt(32 - bits));
}
