import type { ErrorTable } from "../spec.ts";

/** Errors of the fixed-point, consensus and economics functions. All of them mean that the caller passed something impossible. */
export const consensusErrors = {
  E_EPOCH_INPUT: {
    consequence: "refuse",
    exitCode: 2,
    meaning: "A network snapshot given to the epoch is not a possible state of a subnet.",
    message: (d) => `epoch input: ${String(d["field"])} ${String(d["reason"])}`,
    remedy: (d) => `Correct the field "${String(d["field"])}" of the snapshot and run the epoch again.`,
  },
  E_INPUT_FILE: {
    consequence: "refuse",
    exitCode: 3,
    meaning: "A file given to a preview command (a network snapshot, a row of weights) cannot be read.",
    message: (d) => `cannot read ${String(d["path"])}: ${String(d["problem"])}`,
    remedy: (d) => `Check the path after ${String(d["flag"] ?? "the flag")}; - stands for stdin.`,
  },
  E_ECONOMICS_INPUT: {
    consequence: "refuse",
    exitCode: 2,
    meaning: "An amount or a parameter given to an economics function is outside its type or range.",
    message: (d) => `economics input: ${String(d["field"])} ${String(d["reason"])}`,
    remedy: (d) => `Pass a value for "${String(d["field"])}" that is inside the range named in its documentation.`,
  },
  E_FIXED_DOMAIN: {
    consequence: "refuse",
    exitCode: 70,
    meaning: "A fixed-point function was asked for a value where it is not defined.",
    message: (d) => `fixed point: ${String(d["operation"])} is not defined for ${String(d["value"])}`,
    remedy: () => "This is a bug in the caller: check the operand before the call, or use the safe form.",
  },
} satisfies ErrorTable;
