/** One turn of a conversation. */
export type TextMessage = { readonly role: "system" | "user" | "assistant"; readonly content: string };

/** What to write, and how. Give `messages` or `prompt`, not both. */
export type TextRequest = {
  /** A conversation; the model's own chat template makes a prompt of it. */
  readonly messages?: readonly TextMessage[];
  /** Text to go on from, as it is. */
  readonly prompt?: string;
  /** Most tokens to write, at least 1. Default: the model's own. */
  readonly maxTokens?: number;
  /** 0 takes the likeliest token each time. Default: the model's own. */
  readonly temperature?: number;
  /** Draw from the likeliest tokens that have this probability together, above 0 up to 1. */
  readonly topP?: number;
  /** Draw from the `topK` likeliest tokens; 0 for no such limit. */
  readonly topK?: number;
  /** Above 1 makes tokens that are there already less likely. */
  readonly repetitionPenalty?: number;
  /** Texts that end the answer; they are not part of it. At most 8. */
  readonly stop?: readonly string[];
  /** The same seed, request and model give the same text; without it every answer is drawn anew. An integer from 0 below 2^32. */
  readonly seed?: number;
};

/** A part of an answer, in order; the answer is the texts of all pieces. */
export type TextPiece = {
  readonly text: string;
  /** How many tokens it stands for, where the runtime knows. */
  readonly tokens?: number;
  /** Why the answer ends, on its last piece: the model or a stop text ended it, or `maxTokens` did. */
  readonly finish?: "stop" | "length";
};

/** A model that writes text. */
export type TextModel = {
  /** What really runs it, e.g. "cpu", "cuda", or the address of the server that does. */
  readonly provider: string;
  /** Lower-case hex of the SHA-256 of the model file; empty where a server holds the model. */
  readonly sha256: string;
  /**
   * Writes an answer piece by piece. The iteration throws a coded error when the model fails, and E_ABORTED when the signal fires; leaving the loop early
   * stops the writing. Calls may overlap.
   */
  generate(request: TextRequest, options: { readonly signal: AbortSignal }): AsyncIterable<TextPiece>;
  close(): Promise<void>;
};

/** The whole answer of `generate`, for solvers that have nothing to stream. */
export async function writeText(
  model: TextModel,
  request: TextRequest,
  options: { readonly signal: AbortSignal },
): Promise<string> {
  let text = "";
  for await (const piece of model.generate(request, options)) text += piece.text;
  return text;
}
