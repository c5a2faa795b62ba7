import { sumSubnet } from "../../unit/validator/support/subnet.ts";

/** The subnet's definition as a module of its own, which the validator of a bench loads. */
export default sumSubnet;
