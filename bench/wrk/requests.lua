-- Sends requests of visitors who come back, each with a cookie of their own. First all visitors request the first path,
-- then all of them the second, and so on. The arguments after "--" are: the number of threads, the file with one cookie
-- per line or "-", the index of each thread's last request, and the paths.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
  thread:set("number", #threads)
end

function init(args)
  local count, file = tonumber(args[1]), args[2]
  requests, position = {}, 0

  local cookies = {}
  if file ~= "-" then
    local line = 0
    for cookie in io.lines(file) do
      line = line + 1
      -- Each thread has its own visitors, so two requests of one visitor never overlap.
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
    if thread == number then position = tonumber(start) end
  end
end

function request()
  position = position % #requests + 1
  return requests[position]
end

-- Prints the summary as one line of JSON.
function done(summary, latency)
  local positions = {}
  for _, thread in ipairs(threads) do table.insert(positions, thread:get("position")) end
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"status":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,'
      .. '"p50":%d,"p99":%d,"max":%d,"positions":[%s]}\n',
    summary.requests, summary.duration, errors.status, errors.connect, errors.read, errors.write, errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max, table.concat(positions, ",")))
end
