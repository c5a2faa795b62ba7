/**
 * Pins the inputs of a round before any of its jobs exists, first writer wins. All or nothing, so a round that is open always has its plan.
 *
 * KEYS last, open, plan, organic. ARGV round, plan JSON, seconds to keep, then texts that leave the queue of organic pairs with this plan: a pair is either
 * still waiting or in the plan of one round.
 * Answers `{"stale"}` for a settled round, `{"taken"}` when one of the texts has left the queue since it was read (nothing is written), `{"pinned"}` when this
 * plan counts now, `{"pinned", plan}` with an earlier one that does.
 */
export const pinPlanScript = `
local last = tonumber(redis.call('GET', KEYS[1]) or '-1')
local round = tonumber(ARGV[1])
if round <= last then return {'stale'} end
local known = redis.call('GET', KEYS[3])
if known then return {'pinned', known} end
for i = 4, #ARGV do
  if not redis.call('LPOS', KEYS[4], ARGV[i]) then return {'taken'} end
end
redis.call('SET', KEYS[3], ARGV[2], 'EX', ARGV[3])
redis.call('ZADD', KEYS[2], round, ARGV[1])
for i = 4, #ARGV do redis.call('LREM', KEYS[4], 1, ARGV[i]) end
return {'pinned'}
`;
