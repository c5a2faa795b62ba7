/**
 * Takes or renews the lease of the weights, all in one step. A lease is a text that nobody else can have: the turn, a line feed, and who holds it.
 *
 * KEYS writer, turn. ARGV milliseconds to keep, the holder's own words, the lease it has (or ""), the lease of a holder that is known to be dead (or "").
 * Answers `{1, lease}` when it is the caller's now, `{0, lease}` with somebody else's.
 */
export const takeLeaseScript = `
local held = redis.call('GET', KEYS[1])
if held and held == ARGV[3] then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  return {1, held}
end
if held and held ~= ARGV[4] then return {0, held} end
local lease = redis.call('INCR', KEYS[2]) .. '\\n' .. ARGV[2]
redis.call('SET', KEYS[1], lease, 'PX', ARGV[1])
return {1, lease}
`;

/** Gives a lease back. KEYS writer. ARGV the lease. Answers 1 when it was still held. */
export const releaseLeaseScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`;
