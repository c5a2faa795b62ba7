/**
 * Writes one entry of the weights' ledger, or what the doppelganger guard remembers, unless another process has taken the lease by now: then
 * nothing is written, and what the caller was about to do must not be done. A lease that has run out is still good while nobody has taken it.
 *
 * KEYS writer, turn, ledger, guard. ARGV lease ("" for a caller without one), "ledger", epoch, JSON, epochs to keep; or lease, "guard", JSON.
 * Answers 1 written, 0 refused.
 */
export const fencedWriteScript = `
if ARGV[1] ~= '' and (redis.call('GET', KEYS[1]) or redis.call('GET', KEYS[2])) ~= ARGV[1] then return 0 end
if ARGV[2] == 'guard' then
  redis.call('SET', KEYS[4], ARGV[3])
  return 1
end
redis.call('HSET', KEYS[3], ARGV[3], ARGV[4])
for _, epoch in ipairs(redis.call('HKEYS', KEYS[3])) do
  if tonumber(epoch) <= tonumber(ARGV[3]) - tonumber(ARGV[5]) then redis.call('HDEL', KEYS[3], epoch) end
end
return 1
`;
