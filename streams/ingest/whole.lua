-- What comes before each script: whether a partition's hashes are those that its last commit left.
-- Each of them counts the commits in a field `whole`, so that one which is gone or of another time is out of step with the
-- first; and the first has in `sizes` how many fields each has, as the commits added and removed them. So what was done to
-- a hash by hand is found out at once, however large it is, and no later commit hides it.

local MARK, SIZES = 'whole', 'sizes'

-- A command's answer; nil where the key is of another type.
local function asked(command, key, ...)
  local answer = redis.pcall(command, key, ...)
  if type(answer) ~= 'table' or not answer.err then return answer end
  if string.find(answer.err, 'WRONGTYPE', 1, true) then return nil end
  return redis.call(command, key, ...) -- fails in the same way, and ends the script
end

-- How many fields each hash is to have, by what the first one says.
local function sizes_of(text)
  local sizes = {}
  for size in string.gmatch(text or '', '%d+') do sizes[#sizes + 1] = tonumber(size) end
  return sizes
end

-- The first hash that is not whole, and what is wrong with it; nil where all are. `offset` is what the first one says.
local function damaged(offset)
  for _, key in ipairs(KEYS) do
    if not asked('HLEN', key) then return key, 'is of another type' end
  end
  local head = redis.call('HMGET', KEYS[1], MARK, SIZES)
  local sizes = sizes_of(head[2])
  if not offset ~= not head[1] or not offset ~= not head[2] or (offset and not string.match(offset, '^%d+$')) then
    return KEYS[1], 'has lost fields'
  end
  for i, key in ipairs(KEYS) do
    local fields, mark = redis.call('HLEN', key), redis.call('HGET', key, MARK)
    if not offset then
      if i > 1 and fields > 0 then return KEYS[1], 'has lost fields' end
    elseif fields == 0 then
      return key, 'is gone'
    elseif mark ~= head[1] then
      local is_newer = (tonumber(mark) or 0) > (tonumber(head[1]) or 0)
      return is_newer and KEYS[1] or key, 'is not what the last commit left there'
    elseif fields ~= sizes[i] then
      return key, 'has another number of fields than it had'
    end
  end
end
