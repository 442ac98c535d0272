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

// luaFacts reads the token, its successor and, unless that is read beside the
// script, the user's cut-off. KEYS: token, successor, [user].
const luaFacts = luaNow + `local r = redis.call('GET', KEYS[1])
local s = redis.call('GET', KEYS[2])
local c = KEYS[3] and redis.call('GET', KEYS[3])
`

// luaKeep sets KEYS[1] to a value until the second ARGV[1], at least an hour
// and never shorter than the record that it replaces lives.
const luaKeep = luaNow + `local function keep(value)
  local till = math.max(tonumber(ARGV[1]), t[1] + 3600)
  local left = redis.call('PTTL', KEYS[1])
  if left > 0 then till = math.max(till, t[1] + math.ceil(left / 1000)) end
  redis.call('SET', KEYS[1], value, 'EXAT', string.format('%.0f', till))
  return {t[1], t[2], 1}
end
local r = redis.call('GET', KEYS[1])
`

var (
	// spendScript records the token as spent where nothing stands against it,
	// and answers what it found, from which the verdict follows
	// (store.Facts.Spend): Rotated exactly where it wrote.
	//
	// ARGV: keep, " iat exp" of the successor, iat of the token. Numbers beyond
	// 2^53 do not matter in the comparison, for no cut-off comes near.
	spendScript = newScript(luaFacts + `if not r and not s and not (c and tonumber(c) >= tonumber(ARGV[3])) then
  local till = ARGV[1]
  if tonumber(till) < t[1] + 3600 then till = string.format('%.0f', t[1] + 3600) end
  redis.call('SET', KEYS[1], 's' .. t[1] .. '.' .. t[2] .. ARGV[2], 'EXAT', till)
else
  redis.call('GETEX', KEYS[1])
end
return {t[1], t[2], r, s, c or false}`)

	// checkScript finds the same and writes nothing.
	checkScript = newScript(luaFacts + `redis.call('GETEX', KEYS[1])
return {t[1], t[2], r, s, c or false}`)

	// undoScript removes a record that is still what ARGV[1] says.
	undoScript = newScript(luaNow + `if redis.call('GETEX', KEYS[1]) ~= ARGV[1] then return {t[1], t[2], 0} end
return {t[1], t[2], redis.call('DEL', KEYS[1])}`)

	// lookScript reads the records of a piece of a chain.
	lookScript = newScript(luaNow + `local found = {t[1], t[2]}
for i = 1, #KEYS do found[i + 2] = redis.call('GETEX', KEYS[i]) end
return found`)

	// markScript revokes a token unless it was spent, and answers 1 where it is
	// revoked now. KEYS: token. ARGV: keep.
	markScript = newScript(luaKeep + `if not r or r == 'r' then return keep('r') end
redis.call('GETEX', KEYS[1])
return {t[1], t[2], 0}`)

	// stampScript revokes a token whether it was spent or not.
	stampScript = newScript(luaKeep + `if not r or r == 'r' then return keep('r') end
return keep('b' .. string.sub(r, 2))`)

	// cutOffScript sets a user's cut-off to now unless it is later already.
	// KEYS: user. ARGV: how long to keep it, in seconds.
	cutOffScript = newScript(luaNow + `local c = redis.call('GET', KEYS[1])
local second = t[1]
if c and tonumber(c) > tonumber(second) then second = c end
redis.call('SET', KEYS[1], second, 'EXAT', string.format('%.0f', t[1] + ARGV[1]))
return {t[1], t[2], second}`)
)
