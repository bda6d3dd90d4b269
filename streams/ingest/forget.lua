-- Lets go of all that is known of a partition, but for its epoch, which rises: whoever owned it is fenced from now on.
-- KEYS: the partition's hashes; the first holds the epoch. Where that is spoiled, nobody's epoch is like it anyway.

local known = asked('HGET', KEYS[1], 'epoch')
local epoch = (tonumber(known or '0') or 0) + 1
redis.call('DEL', unpack(KEYS))
redis.call('HSET', KEYS[1], 'epoch', string.format('%.0f', epoch))
return epoch
