import { checkAxonAddress, isPrivateAddress, loopbackStandIn } from "@subnetkit/chain/client/axon-address";
import type { Logger } from "@subnetkit/shared/log/logger";
import { isIPv4, isIPv6 } from "node:net";

/** What is to be announced, and where the miner listens. */
export type AnnouncementConfig = {
  readonly announceIp?: string | undefined;
  readonly announcePort?: number | undefined;
  readonly host: string;
  readonly port: number;
};

/**
 * Looks at the address to announce before anything else is done. Throws E_AXON_ADDRESS for one that the chain refuses; says what is wrong with one that the
 * chain takes and validators cannot reach.
 */
export function checkAnnouncement({ announceIp: ip, announcePort, host, port }: AnnouncementConfig, log: Logger): void {
  if (ip === undefined) {
    log.info(
      { remedy: "--announce-ip ADDRESS" },
      "no address is announced: validators ask where the chain says, if it says anything",
    );
    return;
  }
  // A port of 0 becomes any free one.
  checkAxonAddress(ip, announcePort ?? (port === 0 ? 1 : port));
  if (ip !== loopbackStandIn && isPrivateAddress({ ip }))
    log.warn(
      { announceIp: ip, remedy: "Announce the address by which the world reaches this machine." },
      "the address to announce means something inside one network only: validators elsewhere cannot ask, and ours will not",
    );
  if ((isIPv6(ip) && !ip.startsWith("::ffff:") && isIPv4(host)) || (isIPv4(ip) && isIPv6(host) && host !== "::"))
    log.warn(
      {
        announceIp: ip,
        host,
        remedy: "Listen on both with --host ::, unless something in front of the miner translates.",
      },
      "the address to announce and the address to listen on are of different IP versions: nobody may get through",
    );
}
