-- A snapshot has one writer at a time: who holds its state's publisher key, for as long as it keeps writing. Of the states
-- one is served, and writes the public one; a writer that does not know yet which that is writes nothing, and is told.
-- KEYS: publisher, the public snapshot, the one aside, serving, told, states. ARGV: who writes, how long that holds (ms), the
-- document, its expiry (ms), the announcement, the longest that a writer holds (ms), its state, whether it takes that to be
-- served ('served' or 'aside'), the document's as_of_ms, for how long one is to be believed (ms), and what Prometheus was
-- told ('': nothing new).
-- Answers 1 if it is public, 0 if another is the writer, 2 if it is aside, 3 if it is not as the writer takes it to be, 4 if
-- the last snapshot of the state before is of later, and Redis' words if it was written and may not be announced.

local holder = redis.pcall('GET', KEYS[1])
local holds = redis.call('PTTL', KEYS[1])
if type(holder) == 'table' or holds == -1 or holds > tonumber(ARGV[6]) then holder = nil end -- no writer's
if holder and holder ~= ARGV[1] then return 0 end

local serving = redis.pcall('HMGET', KEYS[4], 'state', 'number', 'after')
if serving.err or not string.match(serving[2] or '', '^%d+$') then serving = { 'main' } end
local is_served = serving[1] == ARGV[7]
if is_served ~= (ARGV[8] == 'served') then return 3 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if not is_served then
  redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[4])
  redis.pcall('SADD', KEYS[6], ARGV[7])
  return 2
end
local later = (tonumber(serving[3]) or 0) - tonumber(ARGV[9])
if later > 0 and later <= tonumber(ARGV[10]) then return 4 end
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
if ARGV[11] ~= '' then redis.call('SET', KEYS[5], ARGV[11]) end
local told = redis.pcall('PUBLISH', KEYS[2], ARGV[5])
if type(told) == 'table' and told.err then return 'not announced: ' .. told.err end
return 1
