import { appError } from "@subnetkit/shared/errors/app-error";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import type { Logger } from "@subnetkit/shared/log/logger";
import { type Beacon, createLocalBeacon } from "./beacon.ts";
import { openPulseFile } from "./pulse-file.ts";
import { createRecordedBeacon } from "./recorded-beacon.ts";

/** Which beacon a chain believes: one of its own, or drand's quicknet. */
export type BeaconKind = "local" | "quicknet";

/** Settings of the beacon, as the chain's configuration names them. */
export interface BeaconOptions {
  readonly drand: BeaconKind;
  /** File of recorded quicknet pulses; without it pulses come as `write_pulse` extrinsics only. */
  readonly drandPulses?: string | undefined;
}

/** The beacon of a node. Throws E_DRAND_PULSES for a file that cannot be used, or one given to a local beacon. */
export function createBeacon(
  { drand, drandPulses: file }: BeaconOptions,
  { signer, log }: { readonly signer: Keypair; readonly log: Logger },
): Beacon {
  if (drand === "local") {
    if (file !== undefined)
      throw appError("E_DRAND_PULSES", { file, problem: "holds pulses of quicknet, but this chain's beacon is local" });
    return createLocalBeacon(signer);
  }
  if (file === undefined) return { pulses: () => [] };
  return createRecordedBeacon({ signer, pulses: openPulseFile(file), log });
}
