/** Sudo (12): the local chain's root. Source: spec/subtensor-interface.md 2.5. */
import { runtimeCall } from "../call-type.ts";
import { definePallet, value } from "../define.ts";
import { accountId, multiAddress } from "../scale/accounts.ts";
import { option } from "../scale/variants.ts";
import { dispatchResult, weight } from "../types.ts";

const call = runtimeCall();

export const sudo = definePallet({
  name: "Sudo",
  index: 12,
  storage: { Key: value({ value: accountId, optional: true }) },
  calls: {
    sudo: { index: 0, args: { call } },
    sudo_unchecked_weight: { index: 1, args: { call, weight } },
    set_key: { index: 2, args: { new: multiAddress } },
    sudo_as: { index: 3, args: { who: multiAddress, call } },
    remove_key: { index: 4, args: {} },
  },
  events: {
    Sudid: { index: 0, fields: { sudo_result: dispatchResult } },
    KeyChanged: { index: 1, fields: { old: option(accountId), new: accountId } },
    KeyRemoved: { index: 2 },
    SudoAsDone: { index: 3, fields: { sudo_result: dispatchResult } },
  },
  errors: ["RequireSudo"],
});
