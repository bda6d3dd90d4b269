-- Takes ownership of a partition: whoever held an earlier epoch is fenced from now on.
-- KEYS: the partition's hashes; the first holds epoch and offset.
-- ARGV: who claims, the fingerprint of the rules that a partition begins with, the epoch and offset held before ('' if none),
-- the epoch under which a value was found to be spoiled ('' if none was), and the fingerprints of others that can be read.
-- Answers {what, epoch, offset, key, why}: kept (nobody else had it meanwhile: what is in memory is still true), claimed
-- (load it), let_go (a commit was done in part, or what there was is damaged, in that key: all but the epoch is gone now, and
-- `torn` says so until it has begun anew), fenced (another has claimed it since it was found to be spoiled), or other_rules
-- (the figures there were made by other definitions).

local known = asked('HMGET', KEYS[1], 'epoch', 'offset', 'rules', 'owner', 'half_done')
local key, why
if not known then
  known, key, why = {}, KEYS[1], 'is of another type'
elseif ARGV[5] ~= '' then
  if known[1] ~= ARGV[5] then return {'fenced', ARGV[5], '', '', ''} end
  key, why = KEYS[1], 'is of a partition with a spoiled value'
else
  if known[3] and not string.match(known[3], '^' .. string.rep('%x', 16) .. '$') then
    key, why = KEYS[1], 'has no fingerprint of rules'
  elseif known[3] then
    local is_read = known[3] == ARGV[2]
    for i = 6, #ARGV do is_read = is_read or known[3] == ARGV[i] end
    if not is_read then return {'other_rules', known[3], '', '', ''} end
  end
  if not key then key, why = damaged(known[2]) end
  if not key and (known[5] or '0') ~= '0' then key, why = KEYS[1], 'has a part of a commit' end
end
local number = string.match(known[1] or '0', '^%d+$')
if not key and not (number and #number < 16) then key, why = KEYS[1], 'has an epoch that is no number' end
if key then
  local epoch = string.format('%.0f', (tonumber(number) or 0) + 1)
  redis.call('DEL', unpack(KEYS))
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'owner', ARGV[1], 'rules', ARGV[2], 'torn', 1)
  return {'let_go', epoch, '', key, why}
end
-- The owner too: where Redis lost writes, the same epoch may have been given to another.
if ARGV[3] ~= '' and known[1] == ARGV[3] and known[2] == ARGV[4] and known[4] == ARGV[1] then
  return {'kept', known[1], known[2], '', ''}
end
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'rules', known[3] or ARGV[2])
return {'claimed', tostring(epoch), known[2] or '', '', ''}
