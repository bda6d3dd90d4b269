-- Takes ownership of a partition: whoever held an earlier epoch is fenced from now on.
-- KEYS: the partition's hashes; the first holds epoch and offset.
-- ARGV: who claims, the rules' fingerprint, the epoch and offset held before ('' if none).
-- Answers {what, epoch, offset}: kept (nobody else had it meanwhile: what is in memory is still true), claimed (load it),
-- let_go (a commit was done in part: all but the epoch is gone now, and `torn` says so until it has begun anew), or
-- other_rules (the figures there were made by other definitions).

local known = redis.call('HMGET', KEYS[1], 'epoch', 'offset', 'rules', 'owner', 'half_done')
if known[3] and known[3] ~= ARGV[2] then return {'other_rules', known[3], ''} end
-- The owner too: where Redis lost writes, the same epoch may have been given to another.
local torn = (known[5] or '0') ~= '0'
if not torn and ARGV[3] ~= '' and known[1] == ARGV[3] and known[2] == ARGV[4] and known[4] == ARGV[1] then return {'kept', known[1], known[2]} end
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
if torn then
  redis.call('DEL', unpack(KEYS))
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'owner', ARGV[1], 'rules', ARGV[2], 'torn', 1)
  return {'let_go', tostring(epoch), ''}
end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'rules', ARGV[2])
return {'claimed', tostring(epoch), known[2] or ''}
