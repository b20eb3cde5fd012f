-- What wrk sends: the tokens of a file, a line each, over and over.
--
--     wrk ... -s load.lua URL -- FILE [EVERY [PAUSE]]
--
-- EVERY: the first token, and each so many requests one of the others; 0: all.
-- PAUSE: milliseconds between two requests of a connection, on average.

local requests, count, every, pause = {}, 0, 0, 0


function init(args)
    every = tonumber(args[2] or 0)
    pause = tonumber(args[3] or 0)

    for line in io.lines(args[1]) do
        wrk.headers["Authorization"] = "Bearer " .. line
        requests[#requests + 1] = wrk.format("GET", "/page")
    end

    if pause > 0 then
        delay = function() return math.random(0, 2 * pause) end
    end
end


function request()
    count = count + 1

    if every == 0 then
        return requests[count % #requests + 1]
    end

    if count % every ~= 0 then
        return requests[1]
    end

    return requests[count / every % (#requests - 1) + 2]
end


function done(summary, latency, _)
    local errors = summary.errors

    print(string.format("result %d %d %d %d", summary.requests,
                        latency:percentile(99), errors.status,
                        errors.connect + errors.read + errors.write
                        + errors.timeout))
end
