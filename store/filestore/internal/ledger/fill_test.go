// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// jtiOf is the jti of a step of the session that begins with root.
func jtiOf(root string, step uint32) string {
	prefix := store.Locate(root).Prefix()
	for i := range 1 << 12 {
		jti := prefix + fmt.Sprintf("%07x%03x", step, i)
		if store.Locate(jti).Step == step {
			return jti
		}
	}
	panic("no jti of a step has a check that fits")
}

// live is how many sessions LIVE asks for.
func live(b *testing.B) int {
	b.Helper()
	if n, err := strconv.Atoi(os.Getenv("LIVE")); err == nil {
		return n
	}
	return 100_000
}

// benchLedger opens a file with n live sessions, below the temporary directory.
func benchLedger(b *testing.B, n int, name string) *Ledger {
	b.Helper()
	path := filepath.Join(b.TempDir(), name+".db")
	makeFull(b, path, n)
	start := time.Now()
	l, err := Open(path, Options{}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	if n >= 1_000_000 {
		b.Logf("%d sessions: opened in %v, %d MB of file, %d MB of memory", n, time.Since(start).Round(time.Millisecond), sizeOf(b, path)>>20, anonymous(b)>>20)
	}
	return l
}

// makeFull makes a file with n live sessions, each as a rotation leaves it that
// had eight before, without a sync for each commit.
func makeFull(tb testing.TB, path string, n int) {
	tb.Helper()
	if err := Make(path, time.Now(), nil); err != nil {
		tb.Fatal(err)
	}
	v := newVolume(path, nil)
	e, err := connect(v)
	if err != nil {
		tb.Fatal(err)
	}
	if err := errors.Join(e.prepare(), e.conn.Exec(`PRAGMA synchronous = OFF`)); err != nil {
		tb.Fatal(err)
	}
	s, err := e.state()
	if err != nil {
		tb.Fatal(err)
	}
	op := &operation{content: appendRecord(nil, fullRecord())}
	for done := 0; done < n; {
		if err := e.transact(func() error {
			for range min(n-done, 50_000) {
				op.key.identity = appendSession(op.key.identity[:0], "", store.Locate(fullJTI(done)).Session)
				done++
				s.last++
				op.seal(s.last, 0)
				s.rows, s.sum = s.rows+1, s.sum+share(s.last, op.value)
				if err := e.insert(s.last, op.value); err != nil {
					return err
				}
			}
			s.commits++
			return nil
		}, func() state { return s }); err != nil {
			tb.Fatal(err)
		}
		if err := e.drain(); err != nil {
			tb.Fatal(err)
		}
	}
	if err := errors.Join(e.close(), v.close()); err != nil {
		tb.Fatal(err)
	}
}

// fullRecord is the record of a session that refreshes every five minutes.
func fullRecord() *store.Record {
	now := time.Now()
	r := &store.Record{Last: 1, IssuedAt: now.Unix(), ExpiresAt: now.Add(24 * time.Hour).Unix(), Keep: now.Add(25 * time.Hour).Unix()}
	for i := range r.SpentAt {
		r.SpentAt[i] = now.UnixMicro() - int64(i)*300_123_456
	}
	return r
}

func sizeOf(tb testing.TB, path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		tb.Fatal(err)
	}
	return info.Size()
}

// anonymous is the memory of the process that no file backs.
func anonymous(tb testing.TB) int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		tb.Log(err)
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}

// fullJTI is the jti of the login of a session that makeFull writes.
func fullJTI(i int) string {
	sum := sha256.Sum256(strconv.AppendInt(nil, int64(i), 10))
	digits := []byte(hex.EncodeToString(sum[:16]))
	digits[12] = '4'
	return string(digits)
}
