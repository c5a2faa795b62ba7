/**
 * Keeps the first outcome of each miner of a round. A job that runs again after a crash asks only who is missing, and a second answer never
 * replaces the first, so scoring sees the same replies every time.
 *
 * KEYS last, replies. ARGV round, seconds to keep, then hotkey, outcome JSON, hotkey, outcome JSON, ...
 * Answers how many were new, or -1 when the round is settled (nothing is written).
 */
export const stageRepliesScript = `
local last = tonumber(redis.call('GET', KEYS[1]) or '-1')
if tonumber(ARGV[1]) <= last then return -1 end
local added = 0
for i = 3, #ARGV, 2 do added = added + redis.call('HSETNX', KEYS[2], ARGV[i], ARGV[i + 1]) end
redis.call('EXPIRE', KEYS[2], ARGV[2])
return added
`;
