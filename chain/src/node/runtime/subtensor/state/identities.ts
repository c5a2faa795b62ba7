import type { ChainIdentityV2, SubnetIdentityV3 } from "../../../../spec/pallets/subtensor-module-types.ts";

/** Bytes of name, repository and contact of a subnet together (spec/subtensor-interface.md 2.3). */
const MAX_SUBNET_TOTAL = 6656;

const SHORT = 256;
const LONG = 1024;

/** True when every field of a subnet's identity is short enough. */
export function validSubnetIdentity(identity: SubnetIdentityV3): boolean {
  const { subnet_name, github_repo, subnet_contact, subnet_url, description, logo_url, additional, discord } = identity;
  const long = [github_repo, subnet_contact, subnet_url, description, logo_url, additional];
  const total = subnet_name.length + github_repo.length + subnet_contact.length;
  return within([subnet_name, discord], SHORT) && within(long, LONG) && total <= MAX_SUBNET_TOTAL;
}

/** True when every field of a coldkey's identity is short enough. */
export function validChainIdentity(identity: ChainIdentityV2): boolean {
  const { name, url, github_repo, discord, image, description, additional } = identity;
  return within([name, url, github_repo, discord], SHORT) && within([image, description, additional], LONG);
}

const within = (fields: readonly Uint8Array[], max: number): boolean => fields.every((field) => field.length <= max);
