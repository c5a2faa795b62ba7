import { appError } from "@subnetkit/shared/errors/app-error";
import type { TextRequest } from "@subnetkit/shared/runtime/text-model";

const mostStops = 8;

/** Throws E_MODEL_INPUT for a request that is out of the ranges of its type, before anything is made of it. */
export function checkTextRequest(model: string, request: TextRequest): void {
  const { messages, prompt, maxTokens, temperature, topP, topK, repetitionPenalty, stop = [], seed } = request;
  const refuse = (problem: string): never => {
    throw appError("E_MODEL_INPUT", { model, problem });
  };
  const whole = (value: number | undefined, least: number, most: number): boolean =>
    value === undefined || (Number.isInteger(value) && value >= least && value <= most);
  const within = (value: number | undefined, least: number, most: number): boolean =>
    value === undefined || (value >= least && value <= most);
  if ((messages === undefined) === (prompt === undefined)) refuse("it needs either messages or a prompt");
  if (messages?.length === 0) refuse("there are no messages");
  if (!whole(maxTokens, 1, 1_000_000)) refuse("maxTokens is not an integer from 1");
  if (!within(temperature, 0, 100)) refuse("temperature is not a number from 0");
  if (!within(topP, Number.MIN_VALUE, 1)) refuse("topP is not a number above 0 up to 1");
  if (!whole(topK, 0, 1_000_000)) refuse("topK is not an integer from 0");
  if (!within(repetitionPenalty, Number.MIN_VALUE, 100)) refuse("repetitionPenalty is not above 0");
  if (stop.length > mostStops || stop.some((text) => text === "")) refuse(`stop is not up to ${mostStops} texts`);
  if (!whole(seed, 0, 2 ** 32 - 1)) refuse("seed is not an integer from 0 below 2^32");
}
