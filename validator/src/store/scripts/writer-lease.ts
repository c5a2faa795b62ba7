/**
 * Takes or renews the lease of the weights, all in one step. A lease is a text that nobody else can have: the turn, a line feed, and who holds it. One that has
 * run out and that nobody has taken since is still the caller's.
 *
 * KEYS writer, turn. ARGV milliseconds to keep, the holder's own words, the lease it has (or ""), the lease of a holder that is known to be dead (or "").
 * Answers `{1, lease}` when it is the caller's now, `{0, lease}` with somebody else's.
 */
export const takeLeaseScript = `
local held = redis.call('GET', KEYS[1])
local last = redis.call('GET', KEYS[2])
if ARGV[3] ~= '' and (held or last) == ARGV[3] then
  redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[1])
  return {1, ARGV[3]}
end
if held and held ~= ARGV[4] then return {0, held} end
local turn = tonumber(string.match(last or '0', '^%d+')) + 1
local lease = string.format('%d', turn) .. '\\n' .. ARGV[2]
redis.call('SET', KEYS[2], lease)
redis.call('SET', KEYS[1], lease, 'PX', ARGV[1])
return {1, lease}
`;

/** Gives a lease back: nothing is written under it any more. KEYS writer, turn. ARGV the lease. Answers 1 when nobody else had it. */
export const releaseLeaseScript = `
if (redis.call('GET', KEYS[1]) or redis.call('GET', KEYS[2])) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], string.match(ARGV[1], '^%d+'))
return 1
`;
