/**
 * Keeps the first outcome of each miner of a round. A job that runs again after a crash asks only who is missing, and a second answer never
 * replaces the first, so scoring sees the same replies every time. They are read and written 500 at a time: a call each costs Redis a
 * fourth more, and all at once are more than Lua unpacks.
 *
 * KEYS last, replies, plan. ARGV round, seconds to keep, how the plan's text begins that the miners were asked by ("" for any), then hotkey, outcome JSON,
 * hotkey, outcome JSON, ...
 * Answers how many were new, -1 when the round is settled, or -2 when it has another plan by now (nothing is written).
 */
export const stageRepliesScript = `
local last = tonumber(redis.call('GET', KEYS[1]) or '-1')
if tonumber(ARGV[1]) <= last then return -1 end
if ARGV[3] ~= '' and redis.call('GETRANGE', KEYS[3], 0, #ARGV[3] - 1) ~= ARGV[3] then return -2 end
local added = 0
for from = 4, #ARGV, 1000 do
  local hotkeys = {}
  for i = from, math.min(from + 999, #ARGV), 2 do hotkeys[#hotkeys + 1] = ARGV[i] end
  local known = redis.call('HMGET', KEYS[2], unpack(hotkeys))
  local new, isNew = {}, {}
  for n, hotkey in ipairs(hotkeys) do
    if not known[n] and not isNew[hotkey] then
      isNew[hotkey] = true
      new[#new + 1] = hotkey
      new[#new + 1] = ARGV[from + 2 * n - 1]
    end
  end
  if #new > 0 then added = added + redis.call('HSET', KEYS[2], unpack(new)) end
end
redis.call('EXPIRE', KEYS[2], ARGV[2])
return added
`;
