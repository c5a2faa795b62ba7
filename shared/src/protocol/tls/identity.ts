import type { KeyObject } from "node:crypto";
import {
  type HotkeyCertificate,
  type MakeCertificateOptions,
  makeHotkeyCertificate,
  makeTlsKey,
} from "./make-certificate.ts";

export type TlsIdentityOptions = Omit<MakeCertificateOptions, "notAfterMs" | "notBeforeMs"> & {
  /** How long one certificate is good for, default seven days. */
  readonly lifetimeMs?: number;
};

/** Our own certificate, always a valid one. */
export type TlsIdentity = {
  /**
   * The certificate to present now; a new one, of the same key, once less than half of the lifetime is left, or when the clock was put back so far that others may
   * not hold it for valid yet.
   */
  current(): HotkeyCertificate;
};

const defaultLifetimeMs = 7 * 86_400_000;

/** Renews by itself: the key stays, so the published fingerprint does too. */
export function createTlsIdentity(
  { lifetimeMs = defaultLifetimeMs, key: given, ...options }: TlsIdentityOptions,
  now: () => number = Date.now,
): TlsIdentity {
  const key: KeyObject = given ?? makeTlsKey();
  const backdateMs = Math.min(5 * 60_000, lifetimeMs);
  const make = (): HotkeyCertificate => {
    const nowMs = now();
    return makeHotkeyCertificate({ ...options, key, notBeforeMs: nowMs - backdateMs, notAfterMs: nowMs + lifetimeMs });
  };
  let certificate = make();
  return {
    current: () => {
      const leftMs = certificate.notAfterMs - now();
      if (leftMs < lifetimeMs / 2 || leftMs > lifetimeMs + backdateMs / 2) certificate = make();
      return certificate;
    },
  };
}
