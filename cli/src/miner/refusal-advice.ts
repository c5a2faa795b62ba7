import type { KeyScheme } from "@subnetkit/shared/crypto/keypair";
import type { Refusal } from "./ask-once.ts";

/** What the advice is made from. */
export type Circumstances = {
  /** SS58 address of who asked. */
  readonly caller: string;
  /** What the caller signs with. */
  readonly scheme: KeyScheme;
  readonly netuid: number;
  readonly taskId: string;
  /** The hotkey that the miner says it has. */
  readonly miner: string;
};

/** Lets a registered hotkey past permit and stake. */
const allowLine = (caller: string): string =>
  `let it in: a line "allow ${caller}" in a file, and the miner started with --caller-lists FILE`;

/** By code: what whoever owns both ends can do about it. Where nothing stands here, the registry's remedy is all there is to say. */
const advice: Readonly<Record<string, (at: Circumstances) => readonly string[]>> = {
  E_CALLER_UNKNOWN: ({ caller, netuid, miner }) => [
    `${caller} is not registered on subnet ${netuid}, and a miner answers nobody else: sign with a hotkey that is`,
    `the miner's own is (${miner}): --wallet NAME --hotkey NAME, which the caller lists must allow`,
    `or register this one: btcli subnets register --netuid ${netuid} --wallet-name NAME --hotkey NAME`,
    "on a development chain: --as //Validator//0//hot",
  ],
  E_CALLER_NO_PERMIT: ({ caller }) => [
    allowLine(caller),
    "or --no-require-permit, for everybody who is registered; permits are dealt out at each epoch",
  ],
  E_CALLER_STAKE: ({ caller }) => [allowLine(caller), "or a lower --min-stake-rao, for everybody"],
  E_CALLER_DENIED: () => ["look for the line that denies this hotkey or address, in the file after --caller-lists"],
  E_AUTH_RECEIVER: ({ miner }) => [`the miner's hotkey is ${miner}: leave out --receiver`],
  E_AUTH_SIGNATURE: ({ caller, scheme }) =>
    scheme === "sr25519"
      ? []
      : [
          `the hotkey that asks signs with ${scheme}, which a miner takes of those it lists: --ed25519-callers ${caller}`,
        ],
  E_AUTH_STALE: () => ["the clocks of the two machines differ: timedatectl"],
  E_AUTH_REPLAY: () => [
    "a miner that was started just now cannot tell a new request from a used one: again in two seconds",
  ],
  E_REQUEST_SCHEMA: ({ taskId }) => [`GET /v1/tasks has the schema of ${taskId}; --subnet draws a request that fits`],
  E_SOLVER_FAILED: () => [
    "the solver threw: the miner's log says what, at log level debug (npx subnetkit local logs miner-0, or --log-level debug)",
  ],
};

/** What to do about a refusal, a line each. */
export function refusalAdvice({ code, remedy, retryAfterS }: Refusal, at: Circumstances): readonly string[] {
  const known = (Object.hasOwn(advice, code) ? advice[code]?.(at) : undefined) ?? [];
  const again = retryAfterS === undefined ? [] : [`Retry-After: ${retryAfterS} s`];
  return [...(known.length > 0 || remedy === "" ? known : [remedy]), ...again];
}
