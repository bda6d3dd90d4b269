-- Has another state served, from the next snapshot on; its writer finds that out in publish.lua, as does the one before.
-- KEYS: serving, the public snapshot, the publisher of the state that is to be served.
-- ARGV: its name, the number of this switch, and as_of_ms of the last snapshot before it, or '': of the one that is there.
-- Answers 1 if it is done, 0 if there was a switch of that number or a later one, and 2 if nobody writes snapshots of that
-- state, where it is to be found out which one was the last.

local known = redis.pcall('HMGET', KEYS[1], 'state', 'number')
if known.err then
  redis.call('DEL', KEYS[1]) -- another's
  known = {}
end
if (tonumber(known[2]) or 0) >= tonumber(ARGV[2]) then return 0 end
local after = ARGV[3]
if after == '' then
  if type(redis.pcall('GET', KEYS[3])) ~= 'string' then return 2 end
  local document = redis.pcall('GET', KEYS[2])
  after = type(document) == 'string' and string.match(document, '"as_of_ms":(%d+)') or '0'
end
redis.call('HSET', KEYS[1], 'state', ARGV[1], 'number', ARGV[2], 'after', after)
return 1
