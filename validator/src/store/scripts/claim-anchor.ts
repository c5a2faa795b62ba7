/**
 * Claims the commit of the evidence's head for a process, unless another has taken the writer's lease by now, or a commit was claimed a few blocks ago, by
 * whomever, and may still land. A claim from after the present block is of a chain that went back: it does not count.
 *
 * KEYS writer, turn, anchor. ARGV lease, block, blocks that a claim stands. Answers 1 claimed, 0 not.
 */
export const claimAnchorScript = `
if (redis.call('GET', KEYS[1]) or redis.call('GET', KEYS[2])) ~= ARGV[1] then return 0 end
local since = tonumber(ARGV[2]) - tonumber(redis.call('GET', KEYS[3]) or '-1000000')
if since >= 0 and since < tonumber(ARGV[3]) then return 0 end
redis.call('SET', KEYS[3], ARGV[2])
return 1
`;
