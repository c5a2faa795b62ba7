import { isIP } from "node:net";
import { appError } from "@subnetkit/shared/errors/app-error";

/** The number the chain stores for an address. Throws E_AXON_ADDRESS for text that is no IP address. */
export function ipNumber(ip: string): { readonly value: bigint; readonly ipType: 4 | 6 } {
  const family = isIP(ip);
  if (family === 4) return { value: ip.split(".").reduce((sum, part) => (sum << 8n) | BigInt(part), 0n), ipType: 4 };
  if (family === 6) {
    return { value: groupsOf(ip).reduce((sum, group) => (sum << 16n) | BigInt(group), 0n), ipType: 6 };
  }
  throw appError("E_AXON_ADDRESS", { ip, port: "?", reason: "it is not an IP address" });
}

/** The eight 16-bit groups of an IPv6 address in any valid spelling (zones not allowed). */
function groupsOf(ip: string): number[] {
  const canonical = new URL(`http://[${ip}]`).hostname.slice(1, -1);
  const [head = "", tail] = canonical.split("::");
  const parse = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const front = parse(head);
  if (tail === undefined) return front;
  const back = parse(tail);
  return [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
}
