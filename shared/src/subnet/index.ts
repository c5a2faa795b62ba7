export type { Model, Tensor } from "../runtime/model-runtime.ts";
export {
  type TextMessage,
  type TextModel,
  type TextPiece,
  type TextRequest,
  writeText,
} from "../runtime/text-model.ts";
export {
  defineSolvers,
  defineVariants,
  type AnySolvers,
  type Solver,
  type SolverEnv,
  type Solvers,
  type SolverVariant,
} from "./define-solvers.ts";
export { defineSubnet, type LocalMiner, type SubnetDefinition, type SubnetInput, taskShares } from "./define-subnet.ts";
export {
  type AnyTask,
  type Challenge,
  defineTask,
  type Reply,
  type Scorer,
  type TaskDefinition,
  type TaskLimits,
} from "./define-task.ts";
export type { ModelEntry, ModelSource } from "./model-entry.ts";
export {
  type MadeChallenge,
  makeChallenge,
  type MadeRequest,
  makeRequest,
  type RequestJson,
} from "./make-challenge.ts";
export { createRandom, type Random, type RandomSource, randomInt, shuffled } from "./random.ts";
export { roundSeed } from "./round-seed.ts";
export { type ChallengeEnv, createScoreEnv, type ScoreEnv, splitEnv } from "./score-env.ts";
export { type OrganicScore, scoreOrganic, scoresOrganic } from "./score-organic.ts";
export {
  type MinerScore,
  type QueryFailure,
  type QueryOutcome,
  type RoundScores,
  scoreReplies,
} from "./score-replies.ts";
export { type Assembled, assembleResponse, isAsyncIterable, type Streaming } from "./streaming.ts";
