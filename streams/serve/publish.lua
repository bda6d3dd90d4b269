-- A snapshot has one writer at a time: who holds its state's publisher key, for as long as it keeps writing. Of the states
-- one is served, and writes the public one, and the small documents with it; a writer that does not know yet which that is
-- writes nothing, and is told. So is one that does not know which small documents there are.
-- KEYS: publisher, the public snapshot, the one aside, serving, told, states, until when the small documents may be
-- believed, the set of their keys, and each of them that is another. ARGV: who writes, how long that holds (ms), the
-- document, its expiry (ms), the announcement, the longest that a writer holds (ms), its state, whether it takes that to be
-- served ('served' or 'aside'), the document's as_of_ms, for how long one is to be believed (ms), what Prometheus was told
-- ('': nothing new), what was said last of the small documents ('': nothing), what is said now ('': they may not be
-- believed), its expiry (ms; '': as it is), and each small document ('': it is gone).
-- Where there is no document ('') it is a step between two snapshots, of small documents alone: of who is the writer already,
-- and stays it no longer by that.
-- Answers 1 if it is public, 0 if another is the writer, 2 if it is aside, 3 if it is not as the writer takes it to be, 4 if
-- the last snapshot of the state before is of later, 5 if something else was said last of the small documents, and, if all
-- is written and may not be announced, of what that is so, and Redis' words.

local IS_WHOLE = ARGV[3] ~= ''
local FIRST, TEXTS = 9, 6 -- of the small documents: the first key, and how much further on in ARGV its text is

local holder = redis.pcall('GET', KEYS[1])
local holds = redis.call('PTTL', KEYS[1])
if type(holder) == 'table' or holds == -1 or holds > tonumber(ARGV[6]) then holder = nil end -- no writer's
if holder ~= ARGV[1] and (holder or not IS_WHOLE) then return 0 end

local serving = redis.pcall('HMGET', KEYS[4], 'state', 'number', 'after')
if serving.err or not string.match(serving[2] or '', '^%d+$') then serving = { 'main' } end
local is_served = serving[1] == ARGV[7]
if is_served ~= (ARGV[8] == 'served') then return 3 end
if IS_WHOLE then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
if not is_served and not IS_WHOLE then return 2 end
if not is_served then
  redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[4])
  redis.pcall('SADD', KEYS[6], ARGV[7])
  return 2
end
local later = (tonumber(serving[3]) or 0) - tonumber(ARGV[9])
if later > 0 and later <= tonumber(ARGV[10]) then return 4 end

if ARGV[13] == '' then
  redis.call('DEL', KEYS[7])
else
  local said = redis.pcall('GET', KEYS[7])
  if type(said) ~= 'string' then said = '' end
  if said ~= ARGV[12] then return 5 end
  for n = FIRST, #KEYS do
    if ARGV[n + TEXTS] == '' then
      redis.call('DEL', KEYS[n])
      redis.pcall('SREM', KEYS[8], KEYS[n])
    else
      redis.call('SET', KEYS[n], ARGV[n + TEXTS])
      local added = redis.pcall('SADD', KEYS[8], KEYS[n])
      if type(added) == 'table' then -- it holds something else
        redis.call('DEL', KEYS[8])
        redis.call('SADD', KEYS[8], KEYS[n])
      end
    end
  end
  if ARGV[14] == '' then
    redis.call('SET', KEYS[7], ARGV[13], 'KEEPTTL')
  else
    redis.call('SET', KEYS[7], ARGV[13], 'PX', ARGV[14])
  end
end

if IS_WHOLE then
  redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
  if ARGV[11] ~= '' then redis.call('SET', KEYS[5], ARGV[11]) end
  local told = redis.pcall('PUBLISH', KEYS[2], ARGV[5])
  if type(told) == 'table' then return 'snapshot: ' .. told.err end
end
for n = FIRST, #KEYS do
  local told = redis.pcall('PUBLISH', KEYS[n], ARGV[n + TEXTS])
  if type(told) == 'table' then return 'small document: ' .. told.err end
end
return 1
