// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// rounds is how often a test is repeated: a few times, or as often as the
// environment says (make damage).
func rounds(t *testing.T, few int, name string) int {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return few
}

const (
	loadClients = 8
	loadTimeout = time.Second

	// hang is how late an answer may be on a machine that is busy with other
	// things. One that does not come at all is later.
	hang = 30 * time.Second
)

// load is clients that rotate sessions of their own, and one that presents what
// others have spent. It fails the test where a spent token is accepted, or where
// an answer does not come though its time is over.
type load struct {
	t        *testing.T
	f        *File
	wg       sync.WaitGroup
	stopped  atomic.Bool
	answered atomic.Int64

	mu    sync.Mutex
	spent []string
}

func startLoad(t *testing.T, f *File, spent ...string) *load {
	l := &load{t: t, f: f, spent: slices.Clone(spent)}
	for i := range loadClients {
		l.wg.Go(func() { l.rotate(i) })
	}
	l.wg.Go(l.steal)
	t.Cleanup(l.stop)
	return l
}

func (l *load) stop() {
	l.stopped.Store(true)
	l.wg.Wait()
}

// rotate goes through sessions of 20 steps. A repeat is never asked for, so a
// token whose answer was lost is given up.
func (l *load) rotate(client int) {
	for session := 0; !l.stopped.Load(); session++ {
		jti := fmt.Sprintf("%04x%012x%016x", client, session, time.Now().UnixNano())
		for range 20 {
			a, err := l.spend(jti, 0)
			if err != nil {
				break
			}
			if a.Verdict != store.Rotated || a.Forgot {
				l.t.Errorf("a client's token = %+v, want rotated", a)
				return
			}
			l.mu.Lock()
			l.spent = append(l.spent, jti)
			l.mu.Unlock()
			jti = store.Successor(jti)
		}
	}
}

// steal presents spent tokens.
func (l *load) steal() {
	for i := 0; !l.stopped.Load(); i++ {
		l.mu.Lock()
		jti := ""
		if n := len(l.spent); n > 0 {
			jti = l.spent[i*7919%n]
		}
		l.mu.Unlock()
		if jti == "" {
			time.Sleep(time.Millisecond)
			continue
		}
		if a, err := l.spend(jti, 0); err == nil && a.Verdict != store.Reused {
			l.t.Errorf("a spent token = %v", a.Verdict)
			return
		}
		if a, err := l.f.Check(context.Background(), &store.Check{Token: store.Token{JTI: jti}}); err == nil && a.Verdict != store.Spent {
			l.t.Errorf("Check of a spent token = %v", a.Verdict)
			return
		}
	}
}

func (l *load) spend(jti string, grace time.Duration) (store.Answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), loadTimeout)
	defer cancel()
	start := time.Now()
	a, err := l.f.Spend(ctx, spending(jti, grace))
	if d := time.Since(start); d > loadTimeout+hang {
		l.t.Errorf("an answer took %v, where %v were allowed", d, loadTimeout)
	}
	if err == nil {
		l.answered.Add(1)
	} else {
		if !errors.Is(err, store.ErrUnavailable) {
			l.t.Errorf("Spend: %v, want ErrUnavailable", err)
		}
		time.Sleep(time.Millisecond)
	}
	return a, err
}

// wantSpent presents all that was spent: it is refused, or, unless all has to be
// well, not answered.
func (l *load) wantSpent(f *File, well bool) {
	l.t.Helper()
	l.mu.Lock()
	spent := l.spent
	l.mu.Unlock()
	timeout := loadTimeout
	if well {
		timeout = hang
	}
	for _, jti := range spent {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		a, err := f.Spend(ctx, spending(jti, 0))
		cancel()
		if err == nil && a.Verdict != store.Reused {
			l.t.Errorf("a spent token = %v afterwards", a.Verdict)
			return
		}
		if err != nil {
			if well {
				l.t.Errorf("Spend: %v", err)
			}
			return
		}
	}
}
