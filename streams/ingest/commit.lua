-- One partition's commit: aggregates, journeys, watermark and next offset change together, or nothing does.
-- KEYS: the partition's hashes; the first holds epoch and offset.
-- ARGV: owner, epoch, from offset ('' where there is none yet: a beginning, or what was restored), to offset, then for each
-- key: number of fields to set, number to delete, the field-value pairs, the fields to delete.
-- Answers {what, offset}: ok, duplicate (this was done before), fenced (another owns it), gap (`from` is not where Redis is),
-- torn (a commit was done in part), or {damaged, offset, key, why}: what this would be written beside is not whole.

local CHUNK = 4000 -- Lua's stack takes about 8000 arguments

local owned = asked('HMGET', KEYS[1], 'epoch', 'offset', 'owner', 'half_done', MARK, SIZES)
if not owned then return {'damaged', '', KEYS[1], 'is of another type'} end
if owned[1] ~= ARGV[2] or owned[3] ~= ARGV[1] then return {'fenced', owned[1] or ''} end
if (owned[4] or '0') ~= '0' then return {'torn', owned[2] or ''} end
if owned[2] == ARGV[4] and ARGV[3] ~= ARGV[4] then return {'duplicate', owned[2]} end -- else an upgrade, in its place
if (owned[2] or '') ~= ARGV[3] then return {'gap', owned[2] or ''} end
local sizes = sizes_of(owned[6])

-- A script is not rolled back: count everything before the first write.
local at = 5
for _ = 1, #KEYS do
  local sets, dels = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  at = at + 2 + 2 * sets + dels
end
if at ~= #ARGV + 1 then return redis.error_reply('commit: the counts do not add up') end

-- Answers how many fields were added, or removed.
local function in_chunks(command, key, first, last)
  local changed = 0
  for start = first, last, CHUNK do
    changed = changed + redis.call(command, key, unpack(ARGV, start, math.min(start + CHUNK - 1, last)))
  end
  return changed
end

-- Where Redis' append-only file ends in the middle of this, its next start but one runs what comes before the cut, and
-- never the rest: the count then stays. So it does where a write fails.
redis.call('HINCRBY', KEYS[1], 'half_done', 1)
for _, key in ipairs(KEYS) do -- first: beside what was changed by hand nothing is written, and it is left half done
  if redis.call('HINCRBY', key, MARK, 1) ~= (tonumber(owned[5]) or 0) + 1 then
    return {'damaged', owned[2] or '', key, 'is not what the last commit left there'}
  end
end
at = 5
for i, key in ipairs(KEYS) do
  local sets, dels = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  at = at + 2
  local added = in_chunks('HSET', key, at, at + 2 * sets - 1)
  at = at + 2 * sets
  local removed = in_chunks('HDEL', key, at, at + dels - 1)
  at = at + dels
  sizes[i] = (sizes[i] or 0) + added - removed
end
redis.call('HSET', KEYS[1], 'offset', ARGV[4])
if not owned[6] then
  redis.call('HSET', KEYS[1], SIZES, '') -- so that it is among the fields
  for i, key in ipairs(KEYS) do sizes[i] = redis.call('HLEN', key) end
end
redis.call('HSET', KEYS[1], SIZES, table.concat(sizes, ' '))
redis.call('HINCRBY', KEYS[1], 'half_done', -1)
return {'ok', ARGV[4]}
