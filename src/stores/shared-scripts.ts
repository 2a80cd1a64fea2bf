/**
 * What Redis does at one go, so that nobody ever sees half of it: scripts in its language, Lua.
 *
 * Their first key is the hash of a cache key's variants; pieces of content have names that begin with its name, and are on
 * the same server. A second key is there where the cache key says more than its URI: the set of all such keys. They read of
 * an entry only what stands at fixed places (shared-entry.ts). What is replaced or removed is not deleted: its pieces expire
 * a little later, so that whoever reads them can finish.
 */

import { createHash } from "node:crypto";
import { LAYOUT, MOST_PIECES } from "./shared-entry.ts";

export interface Script {
  readonly lua: string;
  /** By which Redis knows it, once it has seen it. */
  readonly sha: string;
}

const { flag, stamp, stampLength, pieces, head, ids } = LAYOUT;

const COMMON = `
local function stampOf(value) return string.sub(value, ${stamp + 1}, ${stamp + stampLength}) end
local function piecesOf(value)
  local names = {}
  local count = tonumber(string.match(string.sub(value, ${pieces + 1}, ${pieces + 3}), '^%d%d%d$') or '0')
  for i = 1, math.min(count, ${MOST_PIECES}) do
    names[i] = KEYS[1] .. ':' .. string.sub(value, ${ids + 1} + (i - 1) * ${stampLength}, ${ids} + i * ${stampLength})
  end
  return names
end
local function retire(value, grace, kept)
  for _, name in ipairs(piecesOf(value)) do
    if not kept or not kept[name] then redis.call('PEXPIRE', name, grace) end
  end
end
local function enter(set, member, ttl)
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('ZREMRANGEBYSCORE', set, '-inf', now)
  redis.call('ZADD', set, now + tonumber(ttl), member)
  redis.call('PEXPIRE', set, ttl)
end
local function drop(field, value, grace)
  redis.call('HDEL', KEYS[1], field)
  retire(value, grace)
end
`;

const script = (lua: string): Script => {
  const whole = COMMON + lua;
  return { lua: whole, sha: createHash("sha1").update(whole).digest("hex") };
};

/**
 * All variants: field, value, field, value …; each with all its pieces, or it goes. So do all where the set does not know of
 * them any more, since a purge would not, either. What is no hash is not ours.
 *
 * Arguments: the cache key; the grace.
 *
 * @internal
 */
export const FIND: Script = script(`
local all = redis.pcall('HGETALL', KEYS[1])
if all.err then
  redis.call('UNLINK', KEYS[1])
  return {}
end
local isKnown = #all == 0 or not KEYS[2] or redis.call('ZSCORE', KEYS[2], ARGV[1])
local found = {}
for i = 1, #all, 2 do
  local names = piecesOf(all[i + 1])
  if isKnown and (#names == 0 or redis.call('TOUCH', unpack(names)) == #names) then
    found[#found + 1] = all[i]
    found[#found + 1] = all[i + 1]
  else
    drop(all[i], all[i + 1], ARGV[2])
  end
end
return found
`);

/**
 * Puts a variant in its place, and in that of the one it was made from; 1 where that has come to pass. Where there are too
 * many variants, a quarter goes, the oldest first.
 *
 * Arguments: the cache key; field and value; the field and stamp of what must still be there, or two empty ones; time to live,
 * grace, most variants; channel and message.
 *
 * @internal
 */
export const KEEP: Script = script(`
local key, field, value, from, expected, ttl, grace, most, channel, message = unpack(ARGV)
if expected ~= '' then
  local origin = redis.call('HGET', KEYS[1], from)
  if not origin or stampOf(origin) ~= expected then return 0 end
end
local kept = {}
for _, name in ipairs(piecesOf(value)) do
  kept[name] = true
  if redis.call('PEXPIRE', name, ttl) == 0 then return 0 end
end
local old = redis.call('HGET', KEYS[1], field)
redis.call('HSET', KEYS[1], field, value)
if old then retire(old, grace, kept) end
if expected ~= '' and from ~= field then redis.call('HDEL', KEYS[1], from) end
if redis.call('HLEN', KEYS[1]) > tonumber(most) then
  local all = redis.call('HGETALL', KEYS[1])
  local order = {}
  for i = 1, #all, 2 do order[#order + 1] = i end
  table.sort(order, function(a, b) return stampOf(all[a + 1]) < stampOf(all[b + 1]) end)
  for i = 1, math.ceil(#order / 4) do
    if all[order[i]] ~= field then drop(all[order[i]], all[order[i] + 1], grace) end
  end
end
redis.call('PEXPIRE', KEYS[1], ttl)
if KEYS[2] then enter(KEYS[2], key, ttl) end
redis.call('PUBLISH', channel, message)
return 1
`);

/**
 * Says something else about the same content; 1 where that is still there.
 *
 * Arguments: the cache key; the old field and stamp; the new field, and the value up to its content; time to live, grace;
 * channel and message.
 *
 * @internal
 */
export const FRESHEN: Script = script(`
local key, from, expected, field, value, ttl, grace, channel, message = unpack(ARGV)
local old = redis.call('HGET', KEYS[1], from)
if not old or stampOf(old) ~= expected then return 0 end
for _, name in ipairs(piecesOf(old)) do
  if redis.call('PEXPIRE', name, ttl) == 0 then return 0 end
end
local content = string.sub(old, tonumber(string.sub(old, ${head + 1}, ${head + 8})) + 1)
if from ~= field then
  local other = redis.call('HGET', KEYS[1], field)
  if other then retire(other, grace) end
  redis.call('HDEL', KEYS[1], from)
end
redis.call('HSET', KEYS[1], field, value .. content)
redis.call('PEXPIRE', KEYS[1], ttl)
if KEYS[2] then enter(KEYS[2], key, ttl) end
redis.call('PUBLISH', channel, message)
return 1
`);

/**
 * Removes a variant, if it is still this one.
 *
 * Arguments: field and stamp; grace; channel and message.
 *
 * @internal
 */
export const REMOVE: Script = script(`
local field, expected, grace, channel, message = unpack(ARGV)
local old = redis.call('HGET', KEYS[1], field)
if not old or stampOf(old) ~= expected then return 0 end
drop(field, old, grace)
redis.call('PUBLISH', channel, message)
return 1
`);

/**
 * Removes a field whose value is damaged, if it is still this one.
 *
 * Arguments: field and value.
 *
 * @internal
 */
export const DISCARD: Script = script(`
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then return redis.call('HDEL', KEYS[1], ARGV[1]) end
return 0
`);

/**
 * Removes or invalidates variants, and says how many; one that this purge has met already does not count again. A server
 * that is full takes no mark: then it is removed instead.
 *
 * Arguments: "remove" or "invalidate"; grace; a new stamp; the fields and stamps of those that are meant, all where there
 * are none.
 *
 * @internal
 */
export const PURGE: Script = script(`
local how, grace, mark = ARGV[1], ARGV[2], ARGV[3]
local all = redis.pcall('HGETALL', KEYS[1])
if all.err then return 0 end
local meant
for i = 4, #ARGV, 2 do
  meant = meant or {}
  meant[ARGV[i]] = ARGV[i + 1]
end
local count = 0
for i = 1, #all, 2 do
  local field, value = all[i], all[i + 1]
  if stampOf(value) ~= mark and (not meant or meant[field] == stampOf(value)) then
    count = count + 1
    local marked = how == 'invalidate' and redis.pcall('HSET', KEYS[1], field,
      string.sub(value, 1, ${flag}) .. 'i' .. mark .. string.sub(value, ${stamp + stampLength + 1}))
    if type(marked) ~= 'number' then drop(field, value, grace) end
  end
end
return count
`);

/**
 * Enters a cache key into a set that purges ask, and strikes out those whose time is over.
 *
 * The key is the set; arguments: the cache key, and its time to live.
 *
 * @internal
 */
export const ENTER: Script = script(`
enter(KEYS[1], ARGV[1], ARGV[2])
return 1
`);
