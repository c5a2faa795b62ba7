/** Names of the presets, as `--preset` takes them. */
export const PRESETS = ["empty", "two-validators", "full-256"] as const;

/** A preset's name. */
export type PresetName = (typeof PRESETS)[number];
