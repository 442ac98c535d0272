// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"

	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

// embedded is a Redis inside the test: it runs the store's scripts, and its
// clock stands still until the test moves it. What Redis itself promises (that it
// keeps data, fails over, refuses writes as a replica) is tested on real servers,
// under the build tag conformance.
type embedded struct {
	*miniredis.Miniredis

	clock *storetest.Clock

	mu    sync.Mutex
	named map[string]string // the script that is run for the one that was sent, by SHA-1
}

func startEmbedded(t testing.TB) *embedded {
	t.Helper()
	e := &embedded{Miniredis: miniredis.NewMiniRedis(), clock: storetest.NewClock(time.Now()), named: map[string]string{}}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	e.SetTime(e.clock.Now())
	e.ClockTTL(true)
	e.Server().SetPreHook(e.complete)
	return e
}

// Advance moves the server's clock.
func (e *embedded) Advance(d time.Duration) {
	e.clock.Advance(d)
	e.SetTime(e.clock.Now())
}

// complete gives scripts the library struct, which Redis has and miniredis lacks.
func (e *embedded) complete(_ *server.Peer, command string, args ...string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case command == "EVAL" && len(args) > 0:
		whole := newScript(luaStruct + args[0])
		e.named[newScript(args[0]).sha] = whole.sha
		args[0] = whole.text
	case command == "EVALSHA" && len(args) > 0 && e.named[args[0]] != "":
		args[0] = e.named[args[0]]
	}
	return false
}

// luaStruct packs and unpacks whole numbers, most significant byte first.
const luaStruct = `local struct = {}
local function fields(format, f)
  for kind, size in string.gmatch(format, '([BIi])(%d*)') do f(tonumber(size) or 1, kind == 'i') end
end
function struct.pack(format, ...)
  local values, out = {...}, {}
  fields(format, function(size)
    local value, bytes = values[#out + 1], {}
    for i = size, 1, -1 do
      bytes[i] = string.char(value % 256)
      value = math.floor(value / 256)
    end
    out[#out + 1] = table.concat(bytes)
  end)
  return table.concat(out)
end
function struct.unpack(format, text, at)
  local out = {}
  at = at or 1
  fields(format, function(size, signed)
    local value = 0
    for i = at, at + size - 1 do value = value * 256 + string.byte(text, i) end
    if signed and string.byte(text, at) > 127 then value = value - 256 ^ size end
    out[#out + 1] = value
    at = at + size
  end)
  return unpack(out)
end
`
