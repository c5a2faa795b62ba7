import type { TextModel, TextPiece, TextRequest } from "@subnetkit/shared/runtime/text-model";
import { checkTextRequest } from "../check-text-request.ts";
import type { ModelThread } from "./model-thread.ts";

/** A model that writes text in a thread of its own. */
export function threadText(name: string, thread: ModelThread): TextModel {
  async function* generate(
    request: TextRequest,
    { signal }: { readonly signal: AbortSignal },
  ): AsyncIterable<TextPiece> {
    checkTextRequest(name, request);
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    const pieces: TextPiece[] = [];
    let wake: () => void = () => undefined;
    let ended = false;
    const call = thread
      .call((id) => ({ kind: "generate", id, request }), {
        signal: stop.signal,
        onPiece: (piece) => {
          pieces.push(piece);
          wake();
        },
      })
      .finally(() => {
        ended = true;
        wake();
      });
    // Its rejection is thrown below, when the pieces before it have been taken.
    call.catch(() => undefined);
    try {
      for (;;) {
        const piece = pieces.shift();
        if (piece !== undefined) yield piece;
        else if (ended) break;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
      await call;
    } finally {
      signal.removeEventListener("abort", onAbort);
      stop.abort(new Error("the caller left"));
    }
  }
  return {
    get provider() {
      return thread.facts().provider;
    },
    get sha256() {
      return thread.facts().sha256;
    },
    generate,
    close: thread.close,
  };
}
