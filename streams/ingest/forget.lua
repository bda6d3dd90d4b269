-- Lets go of all that is known of a partition, but for its epoch, which rises: whoever owned it is fenced from now on.
-- KEYS: the partition's hashes; the first holds the epoch.

local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('DEL', unpack(KEYS))
redis.call('HSET', KEYS[1], 'epoch', epoch)
return epoch
