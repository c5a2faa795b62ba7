/** Every dev_* method and the function that calls it. */
import { devCall, impersonate, setLimits, stopImpersonating } from "./authority.ts";
import { newBlock, nextEpoch, pause, resume, setBlockBuildMode, setInterval } from "./blocks.ts";
import { setDrand } from "./drand.ts";
import { dumpState, loadState, reset } from "./dump.ts";
import { clearFaults, faults, setFault } from "./faults.ts";
import { reorg, revert, setFinality, setHead, snapshot, snapshots } from "./head.ts";
import { devAccounts, devInfo } from "./info.ts";
import { decode, diff, dryRun, traceBlock } from "./inspect.ts";
import { dropExtrinsic, setHistory, setLogging, upgradeRuntime } from "./node.ts";
import { setBalance, setPermit, setStake, setStorage } from "./state.ts";
import { timeTravel } from "./time-travel.ts";

/** By method name. A test compares the names with what a chain lists in `rpc_methods`. */
export const devFunctions = {
  dev_accounts: devAccounts,
  dev_call: devCall,
  dev_clearFaults: clearFaults,
  dev_decode: decode,
  dev_diff: diff,
  dev_dropExtrinsic: dropExtrinsic,
  dev_dryRun: dryRun,
  dev_dumpState: dumpState,
  dev_faults: faults,
  dev_impersonate: impersonate,
  dev_info: devInfo,
  dev_loadState: loadState,
  dev_newBlock: newBlock,
  dev_nextEpoch: nextEpoch,
  dev_pause: pause,
  dev_reorg: reorg,
  dev_reset: reset,
  dev_resume: resume,
  dev_revert: revert,
  dev_setBalance: setBalance,
  dev_setBlockBuildMode: setBlockBuildMode,
  dev_setDrand: setDrand,
  dev_setFault: setFault,
  dev_setFinality: setFinality,
  dev_setHead: setHead,
  dev_setHistory: setHistory,
  dev_setInterval: setInterval,
  dev_setLimits: setLimits,
  dev_setLogging: setLogging,
  dev_setPermit: setPermit,
  dev_setStake: setStake,
  dev_setStorage: setStorage,
  dev_snapshot: snapshot,
  dev_snapshots: snapshots,
  dev_stopImpersonating: stopImpersonating,
  dev_timeTravel: timeTravel,
  dev_traceBlock: traceBlock,
  dev_upgradeRuntime: upgradeRuntime,
} as const;
