/**
 * Keeps calls of the scorer that did not come back in a round, unless it is counted: what it was counted with stays as it is.
 *
 * KEYS last, given-up. ARGV round, seconds to keep, then calls. Answers how many were new, or -1 when the round is settled.
 */
export const giveUpScript = `
if tonumber(ARGV[1]) <= tonumber(redis.call('GET', KEYS[1]) or '-1') then return -1 end
local added = redis.call('SADD', KEYS[2], unpack(ARGV, 3))
redis.call('EXPIRE', KEYS[2], ARGV[2])
return added
`;
