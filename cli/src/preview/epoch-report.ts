import { appError } from "@subnetkit/shared/errors/app-error";
import { decodeAddress } from "@subnetkit/shared/crypto/ss58";
import { effectDocument, epochDocument } from "./epoch-json.ts";
import { effectText, epochText, type Layout } from "./epoch-text.ts";
import { previewEpoch } from "./preview-epoch.ts";
import { type InputStream, readDocument } from "./read-document.ts";
import { parseSnapshot, type Snapshot } from "./snapshot.ts";
import { weightsEffect } from "./weights-effect.ts";
import { parseWeightsRow } from "./weights-row.ts";

/** The flags of `subnetkit epoch` as the parser gives them. */
export type EpochFlags = {
  readonly input: string;
  readonly weights?: string;
  readonly uid?: string;
  readonly hotkey?: string;
  readonly mechanism?: string;
  readonly json?: boolean;
};

/** What goes to stdout, and what is said on stderr. */
export type EpochReport = { readonly stdout: string; readonly notes: readonly string[] };

/**
 * Reads the snapshot (and the weights), runs the epoch and renders the answer. Throws E_USAGE, E_INPUT_FILE, E_EPOCH_INPUT, E_BAD_ADDRESS
 * and E_TIMEOUT; never returns a partial result.
 */
export async function epochReport(flags: EpochFlags, stdin: InputStream, layout: Layout): Promise<EpochReport> {
  checkFlags(flags);
  const snapshot = parseSnapshot(await readDocument({ path: flags.input, flag: "--input" }, stdin));
  const uid = uidOf(flags, snapshot);
  if (flags.weights === undefined) {
    const preview = previewEpoch(snapshot);
    const stdout = flags.json ? epochDocument(snapshot, preview, uid) : epochText(snapshot, preview, uid, layout);
    return { stdout, notes: [] };
  }
  if (uid === null) throw usage("--weights needs --uid or --hotkey: whose weights they are");
  const mechanism = mechanismOf(flags, snapshot);
  const document = await readDocument({ path: flags.weights, flag: "--weights" }, stdin);
  const row = parseWeightsRow(document, snapshot.shared.registeredAt.length);
  const effect = weightsEffect(snapshot, { uid, mechanism, row });
  const stdout = flags.json ? effectDocument(snapshot, effect) : effectText(snapshot, effect, layout);
  return { stdout, notes: effect.notes };
}

function checkFlags({ input, weights, uid, hotkey, mechanism }: EpochFlags): void {
  if (uid !== undefined && hotkey !== undefined) throw usage("--uid and --hotkey exclude each other");
  if (weights !== undefined && uid === undefined && hotkey === undefined)
    throw usage("--weights needs --uid or --hotkey: whose weights they are");
  if (weights === "-" && input === "-") throw usage("only one of --input and --weights can be stdin");
  if (mechanism !== undefined && weights === undefined) throw usage("--mechanism goes with --weights only");
}

function uidOf({ uid, hotkey }: EpochFlags, { shared, hotkeys }: Snapshot): number | null {
  const uids = shared.registeredAt.length;
  if (uid !== undefined) {
    if (!/^\d{1,5}$/.test(uid) || Number(uid) >= uids)
      throw usage(`--uid wants a uid of the snapshot (0 to ${uids - 1}), not ${JSON.stringify(uid)}`);
    return Number(uid);
  }
  if (hotkey === undefined) return null;
  decodeAddress(hotkey);
  if (hotkeys === null) throw usage("--hotkey needs hotkeys in the snapshot; give --uid");
  const found = hotkeys.indexOf(hotkey);
  if (found < 0) throw usage(`--hotkey ${hotkey} is not in the snapshot`);
  return found;
}

function mechanismOf({ mechanism = "0" }: EpochFlags, { mechanisms }: Snapshot): number {
  if (/^\d{1,2}$/.test(mechanism) && Number(mechanism) < mechanisms.length) return Number(mechanism);
  throw usage(`--mechanism wants 0 to ${mechanisms.length - 1}, not ${JSON.stringify(mechanism)}`);
}

function usage(problem: string): Error {
  return appError("E_USAGE", { problem, remedies: ["npx subnetkit epoch --help"] });
}
