// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
	"github.com/caddyrefresh/caddyrefresh/internal/site"
	"github.com/caddyrefresh/caddyrefresh/internal/stores"
	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

var now = time.Unix(1767323045, 0)

// inspected is a store that reports what a test says. It counts what would write.
type inspected struct {
	*storetest.Memory
	report store.Report
	writes int
}

func (s *inspected) Inspect(context.Context, *store.Inspection) store.Report { return s.report }

func (s *inspected) Peek(ctx context.Context, c *store.Check) (store.Answer, error) {
	return s.Check(ctx, c)
}

func (s *inspected) Spend(ctx context.Context, r *store.Spend) (store.Answer, error) {
	s.writes++
	return s.Memory.Spend(ctx, r)
}

// edge is a running edge that says what a test says.
type edge struct {
	status store.Status
	answer store.Answer
	err    error
}

func (e *edge) Look(context.Context, string, string) (store.Status, error) { return e.status, e.err }

func (e *edge) Peek(context.Context, string, *store.Check) (store.Answer, error) {
	return e.answer, e.err
}

// newSite makes a site that spends, at a store, and a token of its backend.
func newSite(t *testing.T, s store.Store) (*Site, []byte) {
	t.Helper()
	key, err := simplejwt.NewKey("HS256", []byte("a secret of thirty-two bytes or more"), false)
	if err != nil {
		t.Fatal(err)
	}
	monitored := stores.Monitor(s, nil, "shop", zap.NewNop())
	backend, err := simplejwt.New(&simplejwt.Config{
		Release: release.MustNamed("5.3"), SigningKey: key, AccessTokenLifetime: time.Minute, RefreshTokenLifetime: time.Hour,
		RotateRefreshTokens: true, BlacklistAfterRotation: true, Store: monitored, StoreName: "shop",
		UserIDClaim: "user_id", TokenTypeClaim: "token_type", JTIClaim: "jti",
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := backend.NewRefreshToken([]simplejwt.Claim{{Name: "user_id", Value: []byte("1")}}, now)
	if err != nil {
		t.Fatal(err)
	}
	made := site.New(&site.Config{
		Name: "shop", Backend: backend, RefreshPaths: []string{"/refresh"}, Logger: zap.NewNop(), Now: func() time.Time { return now },
	})
	return &Site{Site: made, Store: monitored}, []byte(token)
}

const (
	signed = "ok: shop (/refresh): the token is signed with the key of signing_key"
	passes = "ok: shop (/refresh): a client with this token would get 200 with an access token and a new refresh token"
	gets   = `note: shop (/refresh): a client with this token would get 401 and the body {"detail":"Token is blacklisted","code":"token_not_valid"}`
	lost   = ", unless it was spent or revoked, which the store was not asked"
)

// TestRun: what is said of a store and a token, for all that a store may report.
func TestRun(t *testing.T) {
	for name, tt := range map[string]struct {
		report store.Report
		edge   edge
		spoil  func(*testing.T, store.Store, *Site, []byte)
		want   []string
	}{
		"well": {
			report: store.Report{About: "all", Now: now},
			want:   []string{"ok: shop (/refresh): store memory answers and grants the rights that the edge needs (all)", signed, passes},
		},
		"two faults": {
			report: store.Report{Faults: []string{"no table", "no right"}, Remarks: []string{"by the way"}},
			want: []string{
				"wrong: shop (/refresh): store memory: no table", "wrong: shop (/refresh): store memory: no right",
				"note: shop (/refresh): store memory: by the way", signed, passes + lost,
			},
		},
		"clock behind": {
			report: store.Report{About: "all", Now: now.Add(-time.Minute)},
			want: []string{
				"wrong: shop (/refresh): store memory: its clock is 1m0s behind this machine's, so tokens expire and sessions end at the wrong time: check NTP on both",
				"ok: shop (/refresh): store memory answers and grants the rights that the edge needs (all)", signed, passes,
			},
		},
		"clock a little ahead": {
			report: store.Report{About: "all", Now: now.Add(2 * time.Second)},
			want:   []string{"ok: shop (/refresh): store memory answers and grants the rights that the edge needs (all)", signed, passes},
		},
		"revoked": {
			report: store.Report{About: "all"},
			spoil: func(t *testing.T, _ store.Store, s *Site, token []byte) {
				if err := s.Backend.Blacklist(t.Context(), new(simplejwt.Scratch), token, now); err != nil {
					t.Fatal(err)
				}
			},
			want: []string{
				"ok: shop (/refresh): store memory answers and grants the rights that the edge needs (all)", signed,
				"wrong: shop (/refresh): the token is refused: its session has ended, by a logout, by an operator or in Django, or its user was logged out everywhere: the user has to log in again",
				gets,
			},
		},
		"held by an edge that is up": {
			report: store.Report{Held: true},
			edge:   edge{status: store.Status{Up: true}, answer: store.Answer{Verdict: store.Spent}},
			want: []string{
				"ok: shop (/refresh): store memory is held by a running edge, which reports that it is up", signed,
				"wrong: shop (/refresh): the token is refused: it was used before", gets,
			},
		},
		"held by an edge that is down": {
			report: store.Report{Held: true},
			edge:   edge{status: store.Status{LastError: "no space"}, answer: store.Answer{Verdict: store.Live}},
			want: []string{
				"wrong: shop (/refresh): store memory is held by a running edge, which cannot spend tokens: no space", signed, passes,
			},
		},
		"held by nobody who answers": {
			report: store.Report{Held: true},
			edge:   edge{err: errors.New("refused")},
			want: []string{
				"wrong: shop (/refresh): store memory is held by another process, and no running edge could be asked about it: refused", signed, passes + lost,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			memory := &inspected{Memory: storetest.NewMemory(func() time.Time { return now }), report: tt.report}
			s, token := newSite(t, memory)
			if tt.spoil != nil {
				tt.spoil(t, memory, s, token)
			}
			c := Checker{Edge: &tt.edge, Token: token, Now: func() time.Time { return now }}
			var got []string
			for _, f := range c.Run(t.Context(), s) {
				got = append(got, f.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if memory.writes > 0 {
				t.Errorf("it spent %d tokens", memory.writes)
			}
			if strings.Contains(strings.Join(got, "\n"), string(token)) {
				t.Error("it prints the token")
			}
		})
	}
}

// TestRunUninspected: a store that cannot be looked at without being used is left
// alone, and that is said.
func TestRunUninspected(t *testing.T) {
	memory := storetest.NewMemory(func() time.Time { return now })
	memory.Fail(errors.New("it was asked"))
	s, token := newSite(t, memory)
	c := Checker{Token: token, Now: func() time.Time { return now }}
	got := c.Run(t.Context(), s)
	want := []Finding{
		{"shop (/refresh)", Note, "store memory was not checked: it has no check that writes nothing"},
		{"shop (/refresh)", OK, "the token is signed with the key of signing_key"},
		{"shop (/refresh)", OK, "a client with this token would get 200 with an access token and a new refresh token" + lost},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestSites: sites are those of one configuration, by their labels, until they are
// removed.
func TestSites(t *testing.T) {
	labels := func(configuration any) (all []string) {
		for _, s := range Sites(configuration) {
			all = append(all, s.Label())
		}
		return all
	}
	add := func(configuration any, name string, paths ...string) *Site {
		s := &Site{Site: &site.Site{Config: site.Config{Name: name, RefreshPaths: paths}}}
		Add(s, configuration)
		t.Cleanup(s.Remove)
		return s
	}
	add("one", "shop", "/b")
	gone := add("one", "", "/a", "/c")
	add("two", "", "/a")
	add("one", "")
	if diff := cmp.Diff([]string{"/a /c", "no refresh path", "shop (/b)"}, labels("one")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	gone.Remove()
	if diff := cmp.Diff([]string{"no refresh path", "shop (/b)"}, labels("one")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
