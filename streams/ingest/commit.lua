-- One partition's commit: aggregates, journeys, watermark and next offset change together, or nothing does.
-- KEYS: the partition's hashes; the first holds epoch and offset.
-- ARGV: owner, epoch, from offset ('' where there is none yet: a beginning, or what was restored), to offset, then for each
-- key: number of fields to set, number to delete, the field-value pairs, the fields to delete.
-- Answers {what, offset}: ok, duplicate (this was done before), fenced (another owns it), gap (`from` is not where Redis is),
-- or torn (a commit was done in part).

local CHUNK = 4000 -- Lua's stack takes about 8000 arguments

local owned = redis.call('HMGET', KEYS[1], 'epoch', 'offset', 'owner', 'half_done')
if owned[1] ~= ARGV[2] or owned[3] ~= ARGV[1] then return {'fenced', owned[1] or ''} end
if (owned[4] or '0') ~= '0' then return {'torn', owned[2] or ''} end
if owned[2] == ARGV[4] then return {'duplicate', owned[2]} end
if (owned[2] or '') ~= ARGV[3] then return {'gap', owned[2] or ''} end

-- A script is not rolled back: count everything before the first write.
local at = 5
for _ = 1, #KEYS do
  local sets, dels = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  at = at + 2 + 2 * sets + dels
end
if at ~= #ARGV + 1 then return redis.error_reply('commit: the counts do not add up') end

local function in_chunks(command, key, first, last)
  for start = first, last, CHUNK do
    redis.call(command, key, unpack(ARGV, start, math.min(start + CHUNK - 1, last)))
  end
end

-- Where Redis' append-only file ends in the middle of this, its next start but one runs what comes before the cut, and
-- never the rest: the count then stays. So it does where a write fails, as on a key of another type.
redis.call('HINCRBY', KEYS[1], 'half_done', 1)
at = 5
for _, key in ipairs(KEYS) do
  local sets, dels = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  at = at + 2
  in_chunks('HSET', key, at, at + 2 * sets - 1)
  at = at + 2 * sets
  in_chunks('HDEL', key, at, at + dels - 1)
  at = at + dels
end
redis.call('HSET', KEYS[1], 'offset', ARGV[4])
redis.call('HINCRBY', KEYS[1], 'half_done', -1)
return {'ok', ARGV[4]}
