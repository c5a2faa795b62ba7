import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { sr25519Except } from "@subnetkit/shared/crypto/scheme-of";
import { createTlsIdentity } from "@subnetkit/shared/protocol/tls/identity";
import { openTlsKeyFile } from "@subnetkit/shared/protocol/tls/key-file";
import { makeTlsKey } from "@subnetkit/shared/protocol/tls/make-certificate";
import type { MinerProcess } from "../process.ts";
import { createHotkeyTls, type HotkeyTls } from "../server/tls.ts";
import type { OpenAdmission } from "./admission.ts";
import type { Place } from "./chain.ts";

/** Hotkey-bound TLS where it is switched on; every block it looks after its connections and its certificate. */
export async function openTls(
  { config, metrics }: MinerProcess,
  keypair: Keypair,
  { client, clock }: Place,
  { admission, callers, addresses }: OpenAdmission,
): Promise<HotkeyTls | undefined> {
  const { netuid, tlsKeyFile, ed25519Callers } = config;
  if (config.tls === "off") return undefined;
  const { genesisHash } = client;
  const key = tlsKeyFile === undefined ? makeTlsKey() : await openTlsKeyFile(tlsKeyFile);
  const tls = createHotkeyTls(
    { netuid, genesisHash },
    {
      identity: createTlsIdentity({ keypair, role: "miner", netuid, genesisHash, key }),
      knows: (hotkey) => callers.find(hotkey) !== undefined,
      schemeOf: sr25519Except(ed25519Callers),
      onProven: (address, hotkey) => {
        const caller = callers.find(hotkey);
        if (caller !== undefined && admission.admits(caller)) addresses.proven(address, hotkey);
      },
      onHandshake: (outcome) => metrics.subnetkit_miner_tls_handshakes_total.inc({ outcome }),
    },
  );
  clock.everyBlock("tls", () => tls.tick());
  return tls;
}
