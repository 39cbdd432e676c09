-- Prints percentiles that wrk itself leaves out, in microseconds; WRK_BODY makes the requests POSTs of JSON,
-- WRK_PAGES asks for pages at random, WRK_PATHS (separated by blanks) for one path after the other.
local body = os.getenv("WRK_BODY")
if body and body ~= "" then
  wrk.method = "POST"
  wrk.body = body
  wrk.headers["content-type"] = "application/json"
end

local pages = tonumber(os.getenv("WRK_PAGES")) or 0
if pages > 0 then
  request = function()
    return wrk.format(nil, wrk.path .. "&page=" .. math.random(pages))
  end
end

local paths = {}
for path in string.gmatch(os.getenv("WRK_PATHS") or "", "%S+") do
  paths[#paths + 1] = path
end
local at = 0
if #paths > 0 then
  request = function()
    at = at % #paths + 1
    return wrk.format(nil, paths[at])
  end
end

function done(_, latency)
  io.write(string.format("p50=%d p95=%d p99=%d\n", latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
