// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"crypto/sha1" //nolint:gosec // EVALSHA names scripts by SHA-1; nothing rests on it
	"encoding/hex"
)

// script is a Lua script and the name that Redis gives it.
type script struct{ text, sha string }

func newScript(text string) *script {
	sum := sha1.Sum([]byte(text)) //nolint:gosec // see above
	return &script{text: text, sha: hex.EncodeToString(sum[:])}
}

// All scripts begin with the clock, as seconds and microseconds, which is what
// they answer first. A script that does not write ends with a GETEX without
// options, which changes nothing and is counted as a write: so replicas, and
// masters that lack the replicas they must have, refuse every script. It comes
// last, since after a write Redis no longer minds maxmemory.
const luaNow = `local t = redis.call('TIME')
`

// luaSession reads a session's record (record.go has its layout) and, unless
// that is read beside the script, the user's cut-off. save writes the record.
//
// KEYS: session, [user]. ARGV: step of the token, its iat. An iat beyond 2^53 loses
// digits, which does not matter: no cut-off comes near it. A record lives for at
// least an hour, so that an edge whose clock is far behind does not write one that
// has already expired.
const luaSession = luaNow + `local now = t[1] * 1000000 + t[2]
local r = redis.call('GET', KEYS[1])
local c = KEYS[2] and redis.call('GET', KEYS[2])
local cut = c and tonumber(c)
local ended, last, late, keep, successor, spent = 0, 0, 0, 0, string.rep('\0', 16), ''
if r then
  if #r < 31 or #r > 87 or (#r - 31) % 7 ~= 0 or string.byte(r) ~= ` + layout + ` then return {t[1], t[2], 'foreign'} end
  ended, last, late, keep = struct.unpack('>BI4I4I5', r, 2)
  successor, spent = string.sub(r, 16, 31), string.sub(r, 32)
end
if c and not cut then return {t[1], t[2], 'foreign'} end
local n = tonumber(ARGV[1])
local refused = ended == 1 or cut and cut >= tonumber(ARGV[2])
local function till(second) keep = math.max(keep, tonumber(second)) end
local saved
local function save()
  saved = struct.pack('>BBI4I4I5', ` + layout + `, ended, last, late, keep) .. successor .. spent
  redis.call('SET', KEYS[1], saved, 'EXAT', string.format('%.0f', math.max(keep + 1, t[1] + 3600)))
end
`

var (
	// spendScript is the table of package store. It answers the verdict, the
	// successor on record, a note and, where ARGV[8] says so, the record before and
	// after for undoScript. The note is 1 beside rotated if the store forgot, and
	// beside replayed for a late retry.
	//
	// ARGV: step, iat, grace, late retry (both in microseconds), iat and exp of
	// the successor, keep, "" or how long the session is kept where reuse ends
	// it, "" or 1.
	spendScript = newScript(luaSession + `local function age(i)
  if i * 7 > #spent then return 1 / 0 end
  return math.abs(now - struct.unpack('>I7', spent, i * 7 - 6))
end
local verdict, note, ago = 'reused', 0, last - n
local grace, retry = tonumber(ARGV[3]), tonumber(ARGV[4])
if refused then
  verdict = 'refused'
elseif ago <= 0 then
  verdict = 'rotated'
  if ago < 0 then note = 1 end
  local times = struct.pack('>I7', now)
  if ago > -7 then times = string.sub(times .. string.rep('\0', -7 * ago) .. spent, 1, 56) end
  last, successor, spent = n + 1, ARGV[5], times
  till(ARGV[6])
  save()
elseif ago == 1 and age(1) < grace then
  verdict = 'replayed'
elseif ago == 1 and age(1) < retry and struct.unpack('>i8', successor, 9) > tonumber(t[1]) and (late == 0 or n >= late + 15) then
  verdict = 'replayed'
  note, late, spent = 1, n + 1, struct.pack('>I7', now) .. string.sub(spent, 8)
  save()
elseif ago > 1 and ago <= 8 and age(ago) < grace then
  verdict = 'straggler'
elseif ARGV[7] ~= '' then
  ended = 1
  till(ARGV[7])
  save()
end
if not saved then redis.call('GETEX', KEYS[1]) end
if ARGV[8] == '' then return {t[1], t[2], verdict, successor, note} end
return {t[1], t[2], verdict, successor, note, r or '', saved or ''}`)

	// checkScript answers the verdict and writes nothing.
	checkScript = newScript(luaSession + `redis.call('GETEX', KEYS[1])
return {t[1], t[2], refused and 'refused' or n < last and 'spent' or 'live'}`)

	// revokeScript ends the session and answers what checkScript would have
	// said, and whether there was a record.
	//
	// ARGV: step, iat, keep, how long to keep it at least from now on.
	revokeScript = newScript(luaSession + `local before = refused and 'refused' or n < last and 'spent' or 'live'
local kept = keep
till(ARGV[3])
if tonumber(ARGV[4]) > 0 then till(t[1] + ARGV[4]) end
if not r then last = n end
if ended == 0 or keep > kept then
  ended = 1
  save()
else
  redis.call('GETEX', KEYS[1])
end
return {t[1], t[2], before, r and 1 or 0}`)

	// undoScript puts the earlier record ARGV[1] ("": none) back if the record is
	// still ARGV[2].
	undoScript = newScript(luaNow + `if redis.call('GETEX', KEYS[1]) ~= ARGV[2] then return {t[1], t[2], 0} end
if ARGV[1] == '' then return {t[1], t[2], redis.call('DEL', KEYS[1])} end
local keep = struct.unpack('>I5', ARGV[1], 11)
redis.call('SET', KEYS[1], ARGV[1], 'EXAT', string.format('%.0f', math.max(keep + 1, t[1] + 3600)))
return {t[1], t[2], 1}`)

	// cutOffScript sets a user's cut-off to ARGV[1] unless it is later already,
	// and keeps it for ARGV[2] seconds at least.
	cutOffScript = newScript(luaNow + `local c = redis.call('GET', KEYS[1])
local cut = c and tonumber(c)
if c and not cut then return {t[1], t[2], 'foreign'} end
local second = cut and cut > tonumber(ARGV[1]) and c or ARGV[1]
local till = t[1] + ARGV[2]
local left = redis.call('PTTL', KEYS[1])
if left > 0 then till = math.max(till, t[1] + math.ceil(left / 1000)) end
redis.call('SET', KEYS[1], second, 'EXAT', string.format('%.0f', till + 1))
return {t[1], t[2], second}`)
)
