import { definePallet } from "../define.ts";
import { subtensorModuleCalls } from "./subtensor-module-calls.ts";
import { subtensorModuleConstants } from "./subtensor-module-constants.ts";
import { subtensorModuleErrors } from "./subtensor-module-errors.ts";
import { subtensorModuleEvents } from "./subtensor-module-events.ts";
import { subtensorModuleStorage } from "./subtensor-module-storage.ts";

/** Pallet 7: neurons, subnets, weights, stake, emission. Source: spec/subtensor-interface.md 2 and 3. */
export const subtensorModule = definePallet({
  name: "SubtensorModule",
  index: 7,
  crate: "pallet_subtensor",
  storage: subtensorModuleStorage,
  calls: subtensorModuleCalls,
  events: subtensorModuleEvents,
  errors: subtensorModuleErrors,
  constants: subtensorModuleConstants,
});
