-- Visitors who come back, each with the cookie that was made for them: first all ask for the first path, then all for the
-- next. After "--": how many threads there are, the file with a cookie per line or "-", where each thread goes on, the paths.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
  thread:set("number", #threads)
end

function init(args)
  local count, file = tonumber(args[1]), args[2]
  requests, at = {}, 0

  local cookies = {}
  if file ~= "-" then
    local line = 0
    for cookie in io.lines(file) do
      line = line + 1
      -- Each thread has visitors of its own, so that no two requests of one visitor meet.
      if line % count == number % count then table.insert(cookies, cookie) end
    end
  end
  for path = 4, #args do
    if file == "-" then
      table.insert(requests, wrk.format("GET", args[path]))
    end
    for _, cookie in ipairs(cookies) do
      table.insert(requests, wrk.format("GET", args[path], { Host = wrk.headers.Host, Cookie = cookie }))
    end
  end

  local thread = 0
  for start in args[3]:gmatch("%d+") do
    thread = thread + 1
    if thread == number then at = tonumber(start) end
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local positions = {}
  for _, thread in ipairs(threads) do table.insert(positions, thread:get("at")) end
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"status":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,'
      .. '"p50":%d,"p99":%d,"max":%d,"at":[%s]}\n',
    summary.requests, summary.duration, errors.status, errors.connect, errors.read, errors.write, errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max, table.concat(positions, ",")))
end
