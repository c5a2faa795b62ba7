/** Keeps calls of the scorer that did not come back in a round. KEYS given-up. ARGV seconds to keep, then calls. Answers how many were new. */
export const giveUpScript = `
local added = redis.call('SADD', KEYS[1], unpack(ARGV, 2))
redis.call('EXPIRE', KEYS[1], ARGV[1])
return added
`;
