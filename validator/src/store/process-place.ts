import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/**
 * Names where process numbers mean something: this boot of this machine, and the container within it. Two processes with the same place can look each
 * other up by number; those of another container or machine cannot.
 */
export function processPlace(): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${hostname()} ${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}
