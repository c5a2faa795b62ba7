import { type ChainClient, connectChain } from "@subnetkit/chain/client/connect";
import { type BlockClock, createBlockClock } from "@subnetkit/shared/clock/block-clock";
import { chainHooks } from "../chain/chain-hooks.ts";
import { registerCommand, walletOf } from "../chain/register-command.ts";
import { ensureRegistered } from "../chain/registration.ts";
import { type MinerProcess, onDutyError } from "../process.ts";

/** The miner's place on the chain. */
export type Place = { readonly client: ChainClient; readonly clock: BlockClock };

/** Connects, and makes sure that the hotkey has a uid. */
export async function joinChain(proc: MinerProcess, hotkey: string): Promise<Place> {
  const { config, lifecycle, log, metrics, facts } = proc;
  const { signal } = lifecycle;
  log.info("connecting to the chain");
  const client = await connectChain({
    endpoints: config.chainEndpoints,
    ...(config.genesisHash === undefined ? {} : { genesisHash: config.genesisHash }),
    requestTimeoutMs: config.rpcTimeoutMs,
    hooks: chainHooks(metrics, facts, log),
    log,
    signal,
  });
  lifecycle.onClose("chain", () => client.close());
  const clock = createBlockClock({
    subscribe: (onHead) => client.subscribeHeads(onHead),
    signal,
    onError: (duty, error, failures) => onDutyError(duty, error, failures, proc),
  });
  await clock.start();
  const { netuid, waitForRegistration: wait } = config;
  const wallet = await walletOf(config.hotkeyFile);
  const command = registerCommand(netuid, wallet, client.endpoint());
  const { coldkey } = wallet;
  await ensureRegistered({ netuid, hotkey, coldkey, command, wait }, { client, clock, log, signal });
  return { client, clock };
}
