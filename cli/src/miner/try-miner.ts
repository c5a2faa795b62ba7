import type { KeyScheme } from "@subnetkit/shared/crypto/keypair";
import { publicKeyOf } from "@subnetkit/shared/protocol/hotkey-address";
import type { AnyTask, QueryOutcome } from "@subnetkit/shared/subnet";
import type { ZodError } from "zod";
import { guess, quoted, usage } from "../chain/usage.ts";
import type { LocalPaths } from "../local/paths.ts";
import type { InputStream } from "../preview/read-document.ts";
import { readDefinition } from "../subnet/read-definition.ts";
import { baseUrl } from "../system/base-url.ts";
import type { Answer } from "../validator/answer.ts";
import { type Asked, askOnce } from "./ask-once.ts";
import { type CallerFlags, findCaller } from "./caller.ts";
import { describeMiner, type MinerDescription } from "./describe-miner.ts";
import { findLocalMiner } from "./local-miner.ts";
import { makeQuestion, scoreOf } from "./question.ts";
import { refusalAdvice } from "./refusal-advice.ts";
import { type Tried, tryLines } from "./try-lines.ts";

/** The flags of `miner try` as the parser gives them. */
export type TryFlags = CallerFlags & {
  readonly url?: string;
  /** A uid. */
  readonly local?: string;
  readonly subnet?: string;
  /** JSON, a file, or `-`. */
  readonly request?: string;
  readonly seed?: string;
  readonly receiver?: string;
  /** The miner signs with ed25519, and the validators that are meant know it. */
  readonly ed25519?: boolean;
};

/** Where a miner listens that is told nothing else. */
const DEFAULT_URL = "http://127.0.0.1:8091";

const MAX_LISTED = 20;

/**
 * `subnetkit miner try`: one signed request to a miner of one's own, and what a validator would make of the answer. Exit code 1 for one that would not count.
 * Throws E_USAGE, E_MINER_UNREACHABLE, and what reading the subnet, the key or the request throws.
 */
export async function tryMiner(
  taskId: string | undefined,
  flags: TryFlags,
  places: {
    readonly home: string;
    readonly paths: Pick<LocalPaths, "runFile" | "config">;
    readonly stdin: InputStream;
  },
): Promise<Answer> {
  if (flags.url !== undefined && flags.local !== undefined) throw usage("--url and --local name two miners");
  if (flags.receiver !== undefined && publicKeyOf(flags.receiver) === undefined)
    throw usage(`--receiver wants the ss58 address of a hotkey, not ${quoted(flags.receiver)}`);
  const scheme: KeyScheme = flags.ed25519 === true ? "ed25519" : "sr25519";
  const given = flags.url === undefined ? undefined : baseUrl(flags.url, DEFAULT_URL);
  const local = await findLocalMiner({ uid: flags.local, url: given }, places.paths);
  const url = given ?? local?.url ?? DEFAULT_URL;
  const caller = await findCaller(flags, { home: places.home, isLocal: local !== undefined });
  const definition = flags.subnet ?? local?.subnetDefinition;
  const subnet = definition === undefined ? undefined : await readDefinition(definition);

  const miner = await describeMiner(url);
  const served = chooseTask(taskId, miner);
  const task = subnet === undefined ? undefined : subnet.tasks[served.id];
  if (subnet !== undefined && task === undefined)
    throw usage(
      `the subnet ${subnet.name} has no task ${served.id}, which this miner of ${quoted(miner.subnet.name)} has`,
    );
  const question = await makeQuestion(flags, task, places.stdin);
  const limits = task?.limits ?? served;
  const receiver = flags.receiver ?? miner.hotkey;
  const { requestJson } = question;
  const asked = await askOnce({
    url,
    task: { id: served.id, timeoutMs: limits.timeoutMs, maxResponseBytes: limits.maxResponseBytes },
    requestJson,
    keypair: caller.keypair,
    receiver,
    scheme,
  });
  const { kind, problem } = verdictOn(asked, { limitMs: limits.timeoutMs, task, scheme });
  const outcome: QueryOutcome =
    kind === "answered" && asked.kind === "whole"
      ? { kind, uid: 0, body: asked.value, latencyMs: asked.ms }
      : { kind: kind === "answered" ? "malformed" : kind, uid: 0 };
  const at = {
    caller: caller.keypair.address,
    scheme: caller.keypair.scheme,
    netuid: miner.subnet.netuid,
    taskId: served.id,
    miner: miner.hotkey,
  };
  const refusal = asked.kind === "whole" ? asked.refusal : undefined;
  const tried: Tried = {
    url,
    miner,
    caller: { address: caller.keypair.address, name: caller.name },
    taskId: served.id,
    limitMs: limits.timeoutMs,
    scheme,
    question,
    asked,
    kind,
    problem,
    score: task === undefined ? undefined : scoreOf(task, question, outcome),
    advice: refusal === undefined ? [] : refusalAdvice(refusal, at),
    note: otherSubnet(subnet, miner) ?? unfitRequest(task, question.request),
  };
  return { lines: tryLines(tried), json: document(tried), exitCode: kind === "answered" ? 0 : 1 };
}

function chooseTask(id: string | undefined, { tasks }: MinerDescription): MinerDescription["tasks"][number] {
  const ids = tasks.map((task) => task.id);
  const found = id === undefined && tasks.length === 1 ? tasks[0] : tasks.find((task) => task.id === id);
  if (found !== undefined) return found;
  if (id === undefined) throw usage(`which task? This miner has: ${listed(ids)}`);
  throw usage(`this miner has no task ${quoted(id)}; it has: ${listed(ids)}${guess(id, ids.slice(0, MAX_LISTED))}`);
}

/** Names of somebody else's making: there may be thousands. */
function listed(names: readonly string[]): string {
  const more = names.length - MAX_LISTED;
  return `${names.slice(0, MAX_LISTED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function otherSubnet(
  subnet: { readonly name: string; readonly version: number } | undefined,
  { subnet: runs }: MinerDescription,
): string | undefined {
  if (subnet === undefined || (subnet.name === runs.name && subnet.version === runs.version)) return undefined;
  return `the miner runs ${quoted(runs.name)} ${runs.version}, and this is of ${subnet.name} ${subnet.version}`;
}

/** A request of one's own is sent as it is: what the miner says of it is an answer too. */
function unfitRequest(task: AnyTask | undefined, request: unknown): string | undefined {
  const parsed = task?.request.safeParse(request);
  return parsed?.success === false ? `the request does not fit its schema ${placeOf(parsed.error)}` : undefined;
}

/** `at words: Too small`, of the first thing that does not fit. */
function placeOf({ issues: [first] }: Pick<ZodError, "issues">): string {
  return `at ${first?.path.join(".") || "the top"}: ${first?.message ?? "unknown"}`;
}

/** What a validator makes of an answer, in the order in which it looks; `problem` says why it does not count. */
function verdictOn(
  asked: Asked,
  {
    limitMs,
    task,
    scheme,
  }: { readonly limitMs: number; readonly task: AnyTask | undefined; readonly scheme: KeyScheme },
): { readonly kind: QueryOutcome["kind"]; readonly problem: string | undefined } {
  if (asked.kind === "late" || asked.kind === "unreachable") return { kind: asked.kind, problem: asked.problem };
  if (asked.ms > limitMs) return { kind: "late", problem: `it took ${asked.ms.toFixed(0)} ms of ${limitMs}` };
  const malformed = (problem: string) => ({ kind: "malformed", problem }) as const;
  if (asked.kind === "too-large") return malformed("it is longer than the task's maxResponseBytes");
  if (asked.status !== 200) return { kind: "refused", problem: undefined };
  if (asked.signature === "none") return malformed("it is not signed");
  if (asked.signature === "other-scheme") return malformed(otherSchemeText(scheme));
  if (asked.signature === "wrong") return malformed("its signature is not this miner's, over this request and answer");
  if (asked.value === undefined) return malformed("it is no JSON, or nests too deep");
  const parsed = task?.response.safeParse(asked.value);
  if (parsed?.success !== false) return { kind: "answered", problem: undefined };
  return malformed(`it does not fit the response schema ${placeOf(parsed.error)}`);
}

function otherSchemeText(expected: KeyScheme): string {
  return expected === "sr25519"
    ? "it is signed with ed25519, which validators take of the hotkeys in their ed25519Miners alone: --ed25519 tries it as one of those"
    : "it is signed with sr25519, and --ed25519 says that this hotkey does not";
}

/** The `--json` document; the answer is whole there. */
function document(tried: Tried): Record<string, unknown> {
  const { url, miner, caller, taskId, limitMs, question, asked, kind, problem, score, advice, note } = tried;
  const whole = asked.kind === "whole" ? asked : undefined;
  return {
    v: 1,
    url,
    miner: miner.hotkey,
    subnet: miner.subnet,
    caller: caller.address,
    task: taskId,
    seed: question.seed ?? null,
    request: question.request,
    outcome: kind,
    problem: problem ?? null,
    status: "status" in asked ? asked.status : null,
    ms: "ms" in asked ? asked.ms : null,
    limitMs,
    signature: whole?.signature ?? null,
    answer: whole?.value ?? null,
    // Of an answer that is no JSON.
    text: whole !== undefined && whole.value === undefined ? whole.text : null,
    score: score?.score ?? null,
    noScore: score?.score === null ? score.why : null,
    refusal: whole?.refusal === undefined ? null : { code: whole.refusal.code, message: whole.refusal.message, advice },
    note: note ?? null,
  };
}
