import type { LocalEvent } from "../events.ts";
import { coins, foreignText, timeOfDay } from "./format.ts";

/** Numbers and words of an epoch, from rao. */
function epochWords(event: Extract<LocalEvent, { type: "chain.epoch" }>): {
  all: string;
  miners: string;
  validators: string;
  owner: string;
} {
  return {
    all: coins(event.emissionRao, 2),
    miners: coins(event.minersRao, 2),
    validators: coins(event.validatorsRao, 2),
    owner: coins(event.ownerRao, 2),
  };
}

function exitWord(event: Extract<LocalEvent, { type: "process.exited" }>): string {
  return event.signal === null ? `exited ${event.code ?? "?"}` : `ended by ${event.signal}`;
}

function contestedWords(event: Extract<LocalEvent, { type: "weights.contested" }>): string {
  const block = foreignText(String(event["block"] ?? "?"), 20);
  return `another process signs weights with its hotkey (block ${block}): stop that one`;
}

/** Why weights were not accepted, and whether anybody has to do anything about it: most often they are sent again. */
function failedWords(event: Extract<LocalEvent, { type: "weights.failed" }>): string {
  const { reason, code, remedy } = event;
  const why = `${String(reason ?? code ?? "")}${typeof remedy === "string" ? `. ${remedy}` : ""}`;
  return `weights not accepted: ${foreignText(why, 160)}`;
}

/** Who warns: the process that does, or the run itself. */
function warner(event: Extract<LocalEvent, { type: "warning" }>): string {
  return typeof event["process"] === "string" ? event["process"] : "warning";
}

/** An event as a line of history above the live region, or undefined for those the region itself shows. Pure. */
export function historyLine(event: LocalEvent): string | undefined {
  const line = (who: string, what: string): string => `${timeOfDay(event.at)}  ${who.padEnd(11)} ${what}`;
  switch (event.type) {
    case "chain.epoch": {
      const { all, miners, validators, owner } = epochWords(event);
      return line(
        `epoch ${event.epoch}`,
        `emission ${all}: miners ${miners}, validators ${validators}, owner ${owner}`,
      );
    }
    case "process.exited":
      return line(event.process, `${exitWord(event)}   ${foreignText(event.lastError, 80)}   log: ${event.log}`);
    case "process.restarting":
      return line(event.process, `restarting in ${event.delayMs / 1000} s (${event.attempt} of ${event.of})`);
    case "process.gaveUp":
      return line(
        event.process,
        event.refused
          ? `is not started again: it needs you (see the error above)   log: ${event.log}`
          : `gave up after ${event.attempts} restarts   log: ${event.log}`,
      );
    case "weights.failed":
      return line(event.process, failedWords(event));
    case "weights.contested":
      return line(event.process, contestedWords(event));
    case "warning":
      return line(warner(event), foreignText(event.message, 160));
    case "error":
      return line("error", `${event.error.code} ${foreignText(event.error.message, 120)}`);
    case "chain.paused":
      return line("chain", `paused at block ${event.block}`);
    case "chain.resumed":
      return line("chain", `goes on from block ${event.block}`);
    default:
      return undefined;
  }
}

/** An event as a plain line (not a terminal, CI, --plain), or undefined for those too frequent to say. Pure. */
export function plainLine(event: LocalEvent): string | undefined {
  const line = (who: string, what: string): string => `${timeOfDay(event.at)} ${who.padEnd(10)} ${what}`;
  switch (event.type) {
    case "network.ready":
      return line(
        "start",
        `ready in ${(event.ms / 1000).toFixed(1)}s chain=${event.chain} metrics=${event.metrics} state=${event.state}`,
      );
    case "network.degraded":
      return line("start", `${event.healthy} of ${event.total} healthy, not: ${event.processes.join(", ")}`);
    case "chain.epoch": {
      const { all, miners, validators, owner } = epochWords(event);
      const best = event.best === null ? "" : ` best=${event.best.uid}:${event.best.incentive.toFixed(3)}`;
      return line(
        "epoch",
        `${event.epoch} emission=${all} miners=${miners} validators=${validators} owner=${owner}${best}`,
      );
    }
    case "process.exited": {
      const how = event.signal === null ? `code=${event.code ?? "?"}` : `signal=${event.signal}`;
      return line(
        event.process,
        `exited ${how} log=${event.log}${event.lastError === "" ? "" : ` last=${JSON.stringify(foreignText(event.lastError, 100))}`}`,
      );
    }
    case "process.restarting":
      return line(event.process, `restart=${event.attempt}/${event.of} in=${event.delayMs}ms`);
    case "process.gaveUp":
      return line(event.process, `${event.refused ? "refused" : "gave-up"} after=${event.attempts} log=${event.log}`);
    case "weights.failed":
      return line(event.process, failedWords(event));
    case "weights.contested":
      return line(event.process, contestedWords(event));
    case "warning":
      return line(warner(event), foreignText(event.message, 160));
    case "error":
      return line("error", `${event.error.code} ${foreignText(event.error.message, 160)}`);
    case "chain.paused":
      return line("chain", `paused block=${event.block}`);
    case "chain.resumed":
      return line("chain", `resumed block=${event.block}`);
    default:
      return undefined;
  }
}
