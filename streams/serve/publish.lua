-- The snapshot has one writer at a time: who holds the publisher's key, for as long as it keeps writing.
-- KEYS: publisher, snapshot. ARGV: who writes, how long that holds (ms), the document, its expiry (ms), the announcement,
-- the longest that a writer holds (ms).
-- Answers 1 if it was written, 0 if another is the writer, and Redis' words if it was written and may not be announced.

local holder = redis.pcall('GET', KEYS[1])
local holds = redis.call('PTTL', KEYS[1])
if type(holder) == 'table' or holds == -1 or holds > tonumber(ARGV[6]) then holder = nil end -- no writer's
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
local told = redis.pcall('PUBLISH', KEYS[2], ARGV[5])
if type(told) == 'table' and told.err then return 'not announced: ' .. told.err end
return 1
