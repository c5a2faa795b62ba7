import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import { publicKeyOf } from "@subnetkit/shared/protocol/hotkey-address";
import { isTaskId } from "@subnetkit/shared/subnet/identifiers";
import { taskLimitBounds } from "@subnetkit/shared/subnet/check-task";
import { z } from "zod";
import { foreignText } from "../local/view/format.ts";
import { fetchBounded } from "./fetch-bounded.ts";

const DEADLINE_MS = 3_000;
const MAX_BYTES = 4 * 1024 * 1024;

const { timeoutMs, maxResponseBytes } = taskLimitBounds;
const document = z.object({
  subnet: z.object({ name: z.string(), version: z.int().min(1), netuid: z.int().min(0).max(0xffff) }),
  hotkey: z.string().refine((text) => publicKeyOf(text) !== undefined),
  transport: z.string().optional(),
  tasks: z
    .array(
      z.object({
        id: z.string().refine(isTaskId),
        timeoutMs: z.int().min(timeoutMs.min).max(timeoutMs.max),
        maxResponseBytes: z.int().min(maxResponseBytes.min).max(maxResponseBytes.max),
      }),
    )
    .min(1),
});

/** What a miner says about itself on `GET /v1/tasks`. Nothing of it is proven. */
export type MinerDescription = z.output<typeof document>;

/** Asks a miner who it is and what it answers. Throws E_MINER_UNREACHABLE where nobody answers, or something that is no miner of ours. */
export async function describeMiner(url: string): Promise<MinerDescription> {
  const unreachable = (causeText: string, cause?: unknown): Error =>
    appError("E_MINER_UNREACHABLE", { url, causeText }, { cause });
  let got: Awaited<ReturnType<typeof fetchBounded>>;
  try {
    got = await fetchBounded(`${url}/v1/tasks`, { method: "GET" }, { deadlineMs: DEADLINE_MS, maxBytes: MAX_BYTES });
  } catch (error) {
    const isLate = error instanceof Error && error.name === "TimeoutError";
    throw unreachable(isLate ? `no whole answer within ${DEADLINE_MS} ms` : withTlsHint(reasonOf(error)), error);
  }
  if (got.kind === "too-large") throw unreachable("what answers there is no miner: GET /v1/tasks has no end");
  const parsed = document.safeParse(jsonOf(got.body));
  if (got.status === 200 && parsed.success) return parsed.data;
  const code = /"code":"(E_[A-Z_]{1,40})"/.exec(foreignText(got.body.toString("utf8"), 2_000))?.[1];
  throw unreachable(
    `GET /v1/tasks is answered with ${got.status}${code === undefined ? ", and not as our miners do" : ` ${code}`}`,
  );
}

/** Why there was no answer, from what the HTTP client threw: its code where it has one. */
export function reasonOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = inner instanceof Error && "code" in inner && typeof inner.code === "string" ? inner.code : "";
  return foreignText(code === "" ? errorMessage(inner) : code, 200);
}

/** A miner with `--tls hotkey` hangs up on plain HTTP, and its certificate is of its own making. */
function withTlsHint(reason: string): string {
  return /SOCKET|ECONNRESET|CERT|SIGNED|SSL|HPE_/.test(reason)
    ? `${reason}; a miner with --tls hotkey answers nobody but validators: try it without`
    : reason;
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}
