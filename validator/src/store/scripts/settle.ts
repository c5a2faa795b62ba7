/**
 * Counts a round: exactly once, and in the order of the rounds of the subnet.
 *
 * KEYS last, open, ema, seen, rounds, plan, then the replies of each task, then given-up, then before (what the averages were, for evidence).
 * ARGV round, alpha, round summary JSON, summaries to keep, seconds to keep plan and replies, how many calls were given up for these scores,
 * how the text of their plan begins ("" for any),
 * then hotkey, score, seen JSON, hotkey, score, seen JSON, ... (scores decimal, 0 to 1; a miner that was not asked is not listed).
 *
 * Answers 1 applied, 0 counted before (both are success), -1 an earlier round is still open (try again later), -2 unusable arguments,
 * -3 the round is not open: it was given up, or never planned; nobody's score moves; -4 other calls were given up, or
 * it has another plan, than these scores were made from.
 * The EMA is that of shared/scoring (a first score starts from 0). Hotkeys are read and written 500 at a time: a call each costs Redis a fourth more, and all at
 * once are more than Lua unpacks. Everything is checked before the first write: a script that fails midway is not undone.
 */
export const settleScript = `
local round = tonumber(ARGV[1])
local alpha = tonumber(ARGV[2])
if not round or not alpha or alpha <= 0 or alpha > 1 or #ARGV % 3 ~= 1 then return -2 end
for i = 8, #ARGV, 3 do
  local score = tonumber(ARGV[i + 1])
  if not score or score ~= score or score < 0 or score > 1 then return -2 end
end
local last = tonumber(redis.call('GET', KEYS[1]) or '-1')
if round <= last then return 0 end
if not redis.call('ZSCORE', KEYS[2], ARGV[1]) then return -3 end
local lowest = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
if lowest and tonumber(lowest) < round then return -1 end
if redis.call('SCARD', KEYS[#KEYS - 1]) ~= tonumber(ARGV[6]) then return -4 end
if ARGV[7] ~= '' and redis.call('GETRANGE', KEYS[6], 0, #ARGV[7] - 1) ~= ARGV[7] then return -4 end
local before = {tostring(last)}
for from = 8, #ARGV, 1500 do
  local hotkeys = {}
  for i = from, math.min(from + 1499, #ARGV), 3 do hotkeys[#hotkeys + 1] = ARGV[i] end
  local averages = redis.call('HMGET', KEYS[3], unpack(hotkeys))
  local emas, seen = {}, {}
  for n, hotkey in ipairs(hotkeys) do
    local i = from + 3 * (n - 1)
    local known = averages[n]
    if known then before[#before + 1] = hotkey .. ' ' .. known end
    local value = alpha * tonumber(ARGV[i + 1]) + (1 - alpha) * tonumber(known or '0')
    emas[2 * n - 1], emas[2 * n] = hotkey, string.format('%.17g', value)
    seen[2 * n - 1], seen[2 * n] = hotkey, ARGV[i + 2]
  end
  redis.call('HSET', KEYS[3], unpack(emas))
  redis.call('HSET', KEYS[4], unpack(seen))
end
redis.call('SET', KEYS[#KEYS], table.concat(before, '\\n'))
redis.call('SET', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('LPUSH', KEYS[5], ARGV[3])
redis.call('LTRIM', KEYS[5], 0, tonumber(ARGV[4]) - 1)
for i = 6, #KEYS do redis.call('EXPIRE', KEYS[i], ARGV[5]) end
return 1
`;
