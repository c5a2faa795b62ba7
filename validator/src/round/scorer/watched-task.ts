import { type AppError, appError, isAppError } from "@subnetkit/shared/errors/app-error";
import type { AnyTask } from "@subnetkit/shared/subnet";
import { callText, type ScorerCall } from "./scorer-call.ts";

/** Looks on while a round is scored. */
export type ScoringWatch = {
  /** Calls that did not come back before: they are not made again, and count as calls that threw. */
  readonly givenUp: readonly ScorerCall[];
  /** Told what is called next. */
  readonly onCall?: ((call: ScorerCall) => void) | undefined;
};

/** Nobody looks on, and nothing was given up. */
export const unwatched: ScoringWatch = { givenUp: [] };

/** Tells of a call before it is made. Throws E_SCORER_TIMEOUT instead for one that was given up. */
export type Enter = (call: ScorerCall, uid?: number) => void;

/** Makes the gate that every call of the author's code goes through. */
export function enterBy({ givenUp, onCall }: ScoringWatch): Enter {
  const closed = new Set(givenUp.map(callText));
  return (call, uid) => {
    if (closed.size > 0 && closed.has(callText(call)))
      throw appError("E_SCORER_TIMEOUT", { task: call.taskId, uid, what: call.what });
    onCall?.(call);
  };
}

/** A task whose scorer tells what it is called for; `after` is told of when it has come back. Tasks of kind "round" are one call. */
export function watchedTask(
  task: AnyTask,
  enter: Enter,
  { callFor, after }: { readonly callFor: (uid: number) => ScorerCall; readonly after: ScorerCall },
  onRequest?: () => void,
): AnyTask {
  const { scorer } = task;
  if (scorer.kind === "round") return task;
  const { organic } = scorer;
  return {
    ...task,
    scorer: {
      kind: "each",
      score(challenge, reply, env) {
        enter(callFor(reply.uid), reply.uid);
        const score = scorer.score(challenge, reply, env);
        enter(after);
        return score;
      },
      ...(organic === undefined
        ? {}
        : {
            organic(request, env) {
              onRequest?.();
              return organic.call(scorer, request, env);
            },
          }),
    },
  };
}

/** A fault by its true name: a call that was not made because it had been given up threw nothing itself. */
export function trueFault(fault: AppError): AppError {
  return isAppError(fault.cause, "E_SCORER_TIMEOUT") ? fault.cause : fault;
}
