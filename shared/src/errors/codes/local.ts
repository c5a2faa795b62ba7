import type { ErrorTable } from "../spec.ts";

/** Codes of set-up, of the local network that `npm start` runs, and of the command line. */
export const localErrors = {
  E_NODE_TOO_OLD: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The Node that runs the command is older than the project supports.",
    message: (d) => `subnetkit needs Node >= 20.19, this is ${d["version"] ?? "older"}`,
    remedy: () => "nvm install 20",
  },
  E_PACKAGES: {
    consequence: "stop",
    exitCode: 3,
    meaning:
      "`npm ci` failed, or npm was not found. Exit code 5 when the registry was unreachable, 3 for a folder that cannot be written.",
    message: (d) => `npm ci ${d["how"] ?? "failed"}`,
    remedy: () => "read .subnetkit/logs/npm-ci.log, then the same command again",
  },
  E_BUILD: {
    consequence: "stop",
    exitCode: 1,
    meaning: "The sources could not be bundled.",
    message: () => "the sources could not be bundled",
    remedy: () => "mend the file it names, or undo the change:   git status",
  },
  E_NOT_BUILT: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A bundle that the command starts is not in dist/.",
    message: (d) => `dist/${d["file"] ?? "cli.js"} is not there`,
    remedy: () => "npm run build",
  },
  E_NO_WRITE: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A file or folder inside the clone cannot be written, or the disk is full.",
    message: (d) => `cannot write ${d["path"] ?? "in the clone"}`,
    remedy: (d) => `make it writable:   chmod -R u+w ${d["path"] ?? "."}`,
  },
  E_REDIS_MISSING: {
    consequence: "stop",
    exitCode: 3,
    meaning:
      "No Redis server was found and none could be fetched: REDIS_URL, PATH, a private copy and docker were tried, in this order.",
    message: () => "no Redis server on this machine, and none could be fetched",
    remedy: () => "Debian, Ubuntu:   sudo apt-get install redis-server",
  },
  E_ALREADY_RUNNING: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A local network of this clone (or state folder) is already running.",
    message: (d) => `already running since ${d["since"] ?? "?"} (pid ${d["pid"] ?? "?"})`,
    remedy: () => "npx subnetkit local status, or npx subnetkit local stop",
  },
  E_NOT_RUNNING: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The command needs a running local network, and none runs in this clone.",
    message: () => "no local network is running in this clone",
    remedy: () => "npm start",
  },
  E_NOT_READY: {
    consequence: "stop",
    exitCode: 5,
    meaning: "A process of the local network did not become ready within its deadline.",
    message: (d) => `${d["process"] ?? "a process"} was not ready after ${d["seconds"] ?? "?"} s`,
    remedy: () => "read its last lines above and its log; npm start -- --fresh starts from nothing",
  },
  E_PROCESS_DIED: {
    consequence: "stop",
    exitCode: 1,
    meaning:
      "A process of the local network ended during set-up, or one that the network cannot do without ended for good.",
    message: (d) => `${d["process"] ?? "a process"} ended with ${d["how"] ?? "an error"}`,
    remedy: () => "read its last lines above and its log",
  },
  E_EPOCHS_NOT_REACHED: {
    consequence: "stop",
    exitCode: 1,
    meaning:
      "`--epochs N` was given and the chain did not pass N epochs in the time they should have taken, many times over.",
    message: (d) => `${d["reached"] ?? 0} of ${d["wanted"] ?? "?"} epochs after ${d["seconds"] ?? "?"} s`,
    remedy: () => "read .subnetkit/logs/chain.log",
  },
  E_STOP_HUNG: {
    consequence: "stop",
    exitCode: 1,
    meaning: "The network did not stop within ten seconds; what was left was killed.",
    message: (d) => `did not stop in time and was killed: ${d["processes"] ?? "?"}`,
    remedy: () => "nothing is left running; its log may say why it hung",
  },
  E_SUBNET_NOT_FOUND: {
    consequence: "stop",
    exitCode: 2,
    meaning: "`--subnet` names neither a built-in subnet nor a file.",
    message: (d) => `no subnet ${JSON.stringify(d["subnet"] ?? "?")}`,
    remedy: (d) =>
      `built in: ${d["known"] ?? "digits"}; examples: ${d["examples"] ?? "./subnets/examples/word-sort.ts"}; or the path of your own, such as ./my-subnet.ts`,
  },
  E_SUBNET_EXISTS: {
    consequence: "stop",
    exitCode: 3,
    meaning: "`subnetkit new` would have to write over a file or a folder that is there already.",
    message: (d) => `${d["path"] ?? "the file"} is there already, and is left as it is`,
    remedy: () => "choose another name, or move it away",
  },
  E_SUBNET_BUILD: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The subnet's source file could not be compiled.",
    message: (d) => `${d["file"] ?? "the subnet"} does not compile`,
    remedy: () => "mend the line it names, then the same command again",
  },
  E_SUBNET_STUCK: {
    consequence: "stop",
    exitCode: 3,
    meaning:
      "Code of a subnet was tried before anything runs, and did not come back, or ended the thread that it was tried in.",
    message: (d) => `${d["file"] ?? "the subnet"}: ${d["call"] ?? "its code"} ${d["problem"] ?? "did not come back"}`,
    remedy: () => "look for a loop without an end there, or for work that belongs into a model",
  },
  E_SUBNET_MODEL: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A model file that a miner of the local network needs is missing or empty.",
    message: (d) => `the model file ${d["file"] ?? "?"} is missing`,
    remedy: () => "git checkout -- subnets",
  },
  E_STATE_OTHER: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The kept state belongs to another subnet or to an older layout, so the network cannot resume from it.",
    message: (d) => `the kept state is of ${d["kept"] ?? "another network"}, not of ${d["wanted"] ?? "this one"}`,
    remedy: () => "npm start -- --fresh        drops the kept state",
  },
  E_STATE_LOST: {
    consequence: "stop",
    exitCode: 1,
    meaning: "A set-up transaction did not have the effect it must have (a hotkey is not registered, say).",
    message: (d) => `set-up of the subnet stopped: ${d["what"] ?? "an effect is missing"}`,
    remedy: () => "npm start -- --fresh        starts from nothing",
  },
  E_WALLET_UNKNOWN: {
    consequence: "stop",
    exitCode: 3,
    meaning: "`--wallet` names a wallet that is not in the folder of wallets (~/.bittensor/wallets, or --wallet-path).",
    message: (d) => `no wallet ${JSON.stringify(d["wallet"] ?? "?")} in ${d["folder"] ?? "~/.bittensor/wallets"}`,
    remedy: () => "btcli wallet create",
  },
  E_HOTKEY_UNKNOWN: {
    consequence: "stop",
    exitCode: 3,
    meaning: "`--hotkey` names a hotkey that its wallet does not have.",
    message: (d) =>
      `no hotkey ${JSON.stringify(d["hotkey"] ?? "?")} in the wallet ${JSON.stringify(d["wallet"] ?? "?")}`,
    remedy: () => "btcli wallet new-hotkey",
  },
  E_MINER_UNREACHABLE: {
    consequence: "stop",
    exitCode: 5,
    meaning: "`subnetkit miner try` got no answer from the miner's public address, or one that is not a miner's.",
    message: (d) => `no miner answers at ${d["url"] ?? "?"}`,
    remedy: () => "start it, or give its public address:   --url http://127.0.0.1:8091",
  },
  E_OUTPUT_CLOSED: {
    consequence: "stop",
    exitCode: 1,
    meaning: "Whoever read the output of the command closed it.",
    message: () => "the reader of the output went away",
    remedy: () => "keep the reader open, or send the output to a file",
  },
} satisfies ErrorTable;
