import { isIPv4 } from "node:net";

/** The address as itself: an IPv4 address in IPv6 form, as a socket for both names it, is an IPv4 address. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && isIPv4(address.slice(7)) ? address.slice(7) : address;
}

/**
 * The network that an address is counted under: an IPv4 address itself, the /64 of an IPv6 address, because one customer has all of it. An IPv4 address
 * in IPv6 form counts as IPv4.
 */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = (plain.split("%")[0] as string).split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = [...left, ...Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0"), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
