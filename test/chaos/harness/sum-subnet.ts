import { sumSubnetWith } from "../../unit/validator/support/subnet.ts";

/** The subnet of the chaos runs: adding two numbers, with a time limit that a busy machine can keep. */
export default sumSubnetWith(1_500);
