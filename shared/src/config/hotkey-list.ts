import { z } from "zod";
import { isHotkeyAddress, publicKeyOf } from "../protocol/hotkey-address.ts";

/** Hotkeys in a configuration. One that is misspelt would never be found, so it is refused. */
export const hotkeyList = z
  .array(
    z
      .string()
      .refine((text) => isHotkeyAddress(text) && publicKeyOf(text) !== undefined, "is not a hotkey (ss58, 5...)"),
  )
  .max(4_096)
  .default([]);
