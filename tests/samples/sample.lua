#!/usr/bin/env lua
--- Queues of trains in front of a signal.
-- @module signal

local concat = table.concat
local class = require "class"
local unpack = require("compat").unpack

local M = {
  _VERSION = "1.0",
  limit = 8,
}

local Queue = {}
Queue.__index = Queue

--[[ A queue.
     Trains leave it in order. ]]
function Queue.new(name, limit)
  if not name then
    -- Signals have names.
    error("a queue needs a name")
  end
  local self = setmetatable({}, Queue)
  self.name, self.limit = name, limit or M.limit
  self.trains = {
    first = 1,
    last = 0,
  }
  return self
end

--- Adds a train.
-- @param train what comes
function Queue:push(train)
  if self:full() then

    return nil, "full"
  end
  local trains = self.trains
  trains.last = trains.last + 1
  trains[trains.last] = train;
  (self.listener or print)(train)
  return self
end

function Queue:full() return self:size() >= self.limit end

function Queue:size()
  local trains = self.trains
  return trains.last - trains.first + 1
end

Queue.pop = function(self)
  local trains = self.trains
  local train = trains[trains.first]
  trains[trains.first] = nil
  trains.first = trains.first + 1
  return train
end

local function each(queue, visit)
  for index = queue.trains.first, queue.trains.last do
    local train = queue.trains[index]
    if train == nil then
      -- nothing here
      goto continue
    end
    local ok, message = pcall(function()
      visit(train)
      visit(index)
    end)
    if not ok then
      print(message)
      break
    end
    ::continue::
  end
end

local report = function(queue)
  local lines = {}
  each(queue, function(train)
    lines[#lines + 1] = train
  end)
  if #lines == 0 then
    lines[1] = "nothing"
    lines[2] = "at all"
  elseif #lines > 5 then
    lines[6] = "..."
    lines[7] = nil
  else
    lines[#lines + 1] = "end"
    lines[#lines + 1] = ""
  end
  local head = [[
Trains:
  -- not a comment
]]
  while #lines > 10 do
    local last = lines[#lines]
    lines[#lines] = nil
    print(last)
  end
  repeat
    local line = lines[#lines]
    print(line)
    lines[#lines] = nil
  until #lines == 0
  return head .. concat(lines, "\n")
end

do
  local made = 0

  function M.queue(...)
    made = made + 1
    local queue = Queue.new(...)
    return queue, made
  end
end

M.report = report
M.handlers = {
  stop = function(queue)
    queue.limit = 0
    return queue
  end,
  go = function(queue) queue.limit = M.limit end,
}

return M
