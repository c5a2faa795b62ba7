import type { ErrorTable } from "../spec.ts";

export const validatorErrors = {
  E_REDIS_UNREACHABLE: {
    consequence: "stop",
    exitCode: 5,
    meaning: "Redis did not answer within the deadline: nothing listens there, it hangs, or it refuses the password.",
    message: (d) => `Redis at ${d["address"] ?? "?"} does not answer: ${d["problem"] ?? "no reply"}.`,
    remedy: () => "Start Redis, or point redisUrl at one that runs (check host, port and password).",
  },
  E_REDIS_EVICTS: {
    consequence: "stop",
    exitCode: 3,
    meaning:
      "Redis may throw away keys when memory is short, which would lose a validator's scores and jobs, and let replays into a miner, in silence.",
    message: (d) => `Redis at ${d["address"] ?? "?"} evicts keys (maxmemory-policy ${d["policy"] ?? "?"}).`,
    remedy: () => "Run `redis-cli CONFIG SET maxmemory-policy noeviction` and put the same line in redis.conf.",
  },
  E_REDIS_NOT_DURABLE: {
    consequence: "stop",
    exitCode: 3,
    meaning: "Redis does not keep an append-only file, or cannot write it, so that a restart would lose scores.",
    message: (d) => `Redis at ${d["address"] ?? "?"} is not durable: ${d["problem"] ?? "appendonly is off"}.`,
    remedy: () => "Run it with `appendonly yes` and `appendfsync always`, on a disk that has room.",
  },
  E_REDIS_NOT_REPLICATED: {
    consequence: "retry",
    exitCode: 5,
    meaning:
      "No replica of Redis confirmed a write in time, so that a failover could lose it. It is written again until one does.",
    message: (d) => `No replica of Redis has the last write after ${d["waitedMs"] ?? "?"} ms.`,
    remedy: () => "Look at the replicas: `redis-cli INFO replication` on the master. Two of them let one be away.",
  },
  E_REDIS_TOO_OLD: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The Redis server is older than the oldest one the job queue is known to work on.",
    message: (d) =>
      `Redis at ${d["address"] ?? "?"} is version ${d["version"] ?? "?"}, and ${d["minimum"] ?? "6.2"} is the oldest that works.`,
    remedy: () => "Upgrade Redis to 7.0 or newer.",
  },
  E_REDIS_URL: {
    consequence: "stop",
    exitCode: 2,
    meaning: "The Redis address is not a redis:// URL, nor one of its forms for sentinels and clusters.",
    message: (d) => `The Redis URL cannot be used: ${d["problem"] ?? "it is not a URL"}.`,
    remedy: () =>
      "Write it as redis://[user:password@]host:port[/db], redis+sentinel://host:port,host:port/master or redis+cluster://host:port,host:port.",
  },
  E_STATE_VERSION: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The scores in Redis were written by a newer layout than this program knows.",
    message: (d) =>
      `The stored scores have layout version ${d["found"] ?? "?"}, this program knows up to ${d["known"] ?? "?"}.`,
    remedy: () => "Run the newer version again, or start with another redisPrefix.",
  },
  E_STATE_FOREIGN: {
    consequence: "stop",
    exitCode: 3,
    meaning:
      "The state in Redis belongs to another chain, subnet or hotkey than the one this validator was started for.",
    message: (d) =>
      `The stored scores belong to ${d["field"] ?? "something"} ${d["found"] ?? "?"}, not ${d["expected"] ?? "?"}.`,
    remedy: () =>
      "Use another redisPrefix for this network, or delete the keys of the old one when they are no longer wanted.",
  },
  E_STATE_AHEAD: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The last settled round lies far in the chain's future: the chain was started over, the scores were not.",
    message: (d) =>
      `The last settled round is ${d["settled"] ?? "?"}, but the chain is only in round ${d["current"] ?? "?"}.`,
    remedy: () => "Start the local network with --fresh, or delete this validator's keys in Redis.",
  },
  E_STATE_ABSENT: {
    consequence: "retry",
    exitCode: 3,
    meaning:
      "A process that only asks or scores found no state in Redis: none with the plan or weights role has run there.",
    message: (d) =>
      `No validator with hotkey ${d["hotkey"] ?? "?"} has planned on subnet ${d["netuid"] ?? "?"} in this Redis.`,
    remedy: () =>
      "Start one with --roles plan on the same Redis; redisUrl, redisPrefix, netuid and hotkey must be the same.",
  },
  E_WEIGHTS_LEASE: {
    consequence: "retry",
    exitCode: 3,
    meaning: "Another process of this validator sets weights at present: one does, the others stand by.",
    message: (d) =>
      `Weights of this hotkey are set by ${d["holder"] ?? "another process"} (pid ${d["pid"] ?? "?"} on ${d["place"] ?? "?"}).`,
    remedy: () => "Let it, or stop it: then this one takes over within seconds.",
  },
  E_SETTLE_INPUT: {
    consequence: "stop",
    exitCode: 70,
    meaning: "A score that is not a number between 0 and 1 was about to be written.",
    message: (d) => `Round ${d["round"] ?? "?"} has an unusable score for ${d["hotkey"] ?? "a miner"}.`,
    remedy: () => "Check the scorer of the subnet: it must return a finite number between 0 and 1 for every reply.",
  },
  E_SCORER_THREAD: {
    consequence: "retry",
    exitCode: 70,
    meaning: "The thread that scores rounds could not be started, or ended before it had begun to score.",
    message: (d) => `The scoring thread cannot be used: ${d["problem"] ?? "it ended"}.`,
    remedy: () => "Build again (npm run build): score-worker.js belongs beside validator.js. The round is tried again.",
  },
  E_PLAN_VERSION: {
    consequence: "drop",
    exitCode: 3,
    meaning:
      "A round was planned under another version of the subnet than this process has, and no process with that version took its jobs in time.",
    message: (d) =>
      `Round ${d["round"] ?? "?"} was planned under ${d["planned"] ?? "?"}; this process has ${d["ours"] ?? "?"}.`,
    remedy: () =>
      "Nothing to do after an upgrade; if it repeats, start all processes of this validator with the same subnet.",
  },
  E_PLAN_MISSING: {
    consequence: "retry",
    meaning: "A job of a round found no plan for it: the plan has expired or was never made.",
    message: (d) => `Round ${d["round"] ?? "?"} has no plan.`,
    remedy: () => "Nothing to do for one round; if it repeats, check that Redis keeps its data.",
  },
  E_VALIDATOR_NOT_REGISTERED: {
    consequence: "retry",
    exitCode: 3,
    meaning: "The validator's hotkey has no uid on the subnet.",
    message: (d) => `Hotkey ${d["hotkey"] ?? "?"} is not registered on subnet ${d["netuid"] ?? "?"}.`,
    remedy: () => "Register it with burned_register, or start with the hotkey that is registered.",
  },
  E_VALIDATOR_PERMIT: {
    consequence: "retry",
    exitCode: 3,
    meaning: "The hotkey has no validator permit, so that the chain takes no weights from it.",
    message: (d) => `Hotkey ${d["hotkey"] ?? "?"} has no validator permit on subnet ${d["netuid"] ?? "?"}.`,
    remedy: () =>
      "Wait for the next epoch, which gives permits to the validators with the most stake; if it gives none, add stake.",
  },
  E_VALIDATOR_STAKE: {
    consequence: "retry",
    exitCode: 3,
    meaning: "The hotkey has less stake than the chain asks of one that sets weights.",
    message: (d) =>
      `Hotkey ${d["hotkey"] ?? "?"} has ${coins(d["rao"])} of stake on subnet ${d["netuid"] ?? "?"}; setting weights takes ${coins(d["wantedRao"])}.`,
    remedy: () => "Add stake to the hotkey, or have it delegated.",
  },
  E_VALIDATOR_VERSION: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The subnet asks for weights of a newer version than this one: its owner has released new code.",
    message: (d) =>
      `Subnet ${d["netuid"] ?? "?"} takes weights of version ${d["wanted"] ?? "?"} and newer, this is ${d["ours"] ?? "?"}.`,
    remedy: () => "Update the subnet's code (its `version` must reach the chain's weights version) and start again.",
  },
  E_CLOCK_OFF: {
    consequence: "retry",
    exitCode: 3,
    meaning:
      "This machine's clock is not that of the chain. Miners refuse requests whose time is wrong, and rounds end at the wrong moment.",
    message: (d) => `This machine's clock is ${d["seconds"] ?? "?"} s ${d["direction"] ?? "off"} the chain's.`,
    remedy: () => "Set it by NTP: `timedatectl set-ntp true`, or `chronyc makestep` where chrony runs.",
  },
  E_ORGANIC_TOKENS: {
    consequence: "stop",
    exitCode: 3,
    meaning:
      "The file of those who may send users' requests is missing, open to other users of the machine, or not as it should be.",
    message: (d) => `The token file ${d["path"] ?? "?"} cannot be used: ${d["problem"] ?? "it cannot be read"}.`,
    remedy: () =>
      "Write one line for each caller, NAME TOKEN (openssl rand -base64 32 makes one), chmod 600, and name the file as organicTokenFile.",
  },
  E_ORGANIC_ROLE: {
    consequence: "stop",
    exitCode: 2,
    meaning: "Users' requests are to be taken by a process that knows no miners, or has no hotkey to sign for them.",
    message: () => "organicPort wants a process with the hotkey and a role that follows the chain.",
    remedy: () =>
      "Set it for a process with the role plan or weights and a hotkeyFile; without roles a validator has them all.",
  },
  E_DRAND_ENDPOINT: {
    consequence: "retry",
    exitCode: 5,
    meaning:
      "An HTTP endpoint of drand cannot be used: it is away, serves another beacon, or shows a round that the beacon did not sign.",
    message: (d) =>
      `The drand endpoint ${d["endpoint"] ?? "?"} cannot be used: ${d["problem"] ?? "it does not answer"}.`,
    remedy: () =>
      "Give base URLs with the chain hash of the beacon that the chain uses (quicknet), or none: then the chain's own pulses are used.",
  },
  E_VALIDATOR_UNREACHABLE: {
    consequence: "stop",
    exitCode: 5,
    meaning: "No validator answered at the address of its status pages.",
    message: (d) => `No validator answers at ${d["url"] ?? "?"}.`,
    remedy: () => "Start it, or give the address of its status pages: --url http://127.0.0.1:<metricsPort>",
  },
  E_EVIDENCE_LOCKED: {
    consequence: "stop",
    exitCode: 3,
    meaning: "Another process writes to the same evidence log.",
    message: (d) => `The evidence log in ${d["directory"] ?? "?"} is in use by pid ${d["pid"] ?? "?"}.`,
    remedy: () => "Give each process an evidenceDir of its own, or stop the other one.",
  },
  E_EVIDENCE_FOREIGN: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The evidence log belongs to another chain, subnet or hotkey.",
    message: (d) =>
      `The evidence log in ${d["directory"] ?? "?"} belongs to ${d["field"] ?? "something"} ${d["found"] ?? "?"}, not ${d["expected"] ?? "?"}.`,
    remedy: () => "Point evidenceDir at another directory; keep the old one for its auditors.",
  },
  E_EVIDENCE_CORRUPT: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The evidence log was damaged, by more than a crash while writing.",
    message: (d) => `The evidence log is damaged in ${d["file"] ?? "?"}: ${d["problem"] ?? "it cannot be read back"}.`,
    remedy: () => "Move the directory away and start again with an empty one; check the disk.",
  },
  E_EVIDENCE_WRITE: {
    consequence: "retry",
    meaning: "The evidence log could not be written: the disk is full, or the directory is not ours.",
    message: (d) => `Cannot write evidence to ${d["path"] ?? "?"}: ${d["reason"] ?? "the write failed"}.`,
    remedy: () =>
      "Make room on the disk, or lower evidenceMaxBytes. Rounds go on; those not written are missing in an audit.",
  },
  E_EVIDENCE_NONE: {
    consequence: "stop",
    exitCode: 3,
    meaning: "There is no evidence log in the directory that was to be replayed.",
    message: (d) => `There is no evidence log in ${d["directory"] ?? "?"}.`,
    remedy: () => "Give the directory that the validator runs with as evidenceDir.",
  },
  E_EVIDENCE_SUBNET: {
    consequence: "stop",
    exitCode: 3,
    meaning:
      "The evidence was written with another subnet, or another version of it, than the one it is replayed with.",
    message: (d) => `The evidence is of subnet ${d["found"] ?? "?"}, not ${d["given"] ?? "?"}.`,
    remedy: () => "Replay with the subnet file of that version, from the release that the validator ran.",
  },
  E_VALIDATOR_DOPPELGANGER: {
    consequence: "stop",
    exitCode: 3,
    meaning:
      "Another process sets or commits weights with this validator's hotkey. Two of them undo each other's weights, so this one stops.",
    message: (d) =>
      `Another process signs weights with hotkey ${d["hotkey"] ?? "?"}: ${d["call"] ?? "a call"} in block ${d["block"] ?? "?"} was not made here.`,
    remedy: () => "Stop the other process. If this one is to go on in its place, start it once with --take-over.",
  },
  E_NO_WORK_STARTED: {
    consequence: "stop",
    exitCode: 1,
    meaning: "Jobs wait but none was started for a minute: the queue connection is dead without saying so.",
    message: (d) => `${d["waiting"] ?? "?"} jobs wait and none was started for ${d["seconds"] ?? "?"} s.`,
    remedy: () => "The process restarts by itself; if it repeats, look at the Redis log.",
  },
} satisfies ErrorTable;

/** Rao as coins, for a message. */
function coins(rao: unknown): string {
  return typeof rao === "bigint" ? `${Number(rao) / 1e9}` : "?";
}
