-- Looks at a partition, and takes every expiry off its hashes where it is told to.
-- KEYS: the partition's hashes; the first holds epoch and offset. ARGV: 'keep', or ''.
-- Answers {look, epoch, owner, offset, half_done, expiries taken off, key, why}: the last two say which hash is damaged.

local known = asked('HMGET', KEYS[1], 'epoch', 'owner', 'offset', 'half_done') or {}
local key, why = damaged(known[3])
local kept = 0
for _, name in ipairs(KEYS) do
  if ARGV[1] == 'keep' and redis.pcall('PERSIST', name) == 1 then kept = kept + 1 end
end
return {'look', known[1] or '', known[2] or '', known[3] or '', known[4] or '', kept, key or '', why or ''}
