// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// goldenSetup is what one release of SimpleJWT did under one configuration.
// testdata/golden.py made the files and says what is in them.
type goldenSetup struct {
	Setup    string
	Settings struct {
		Algorithm      string          `json:"ALGORITHM"`
		Audience       json.RawMessage `json:"AUDIENCE"`
		Issuer         string          `json:"ISSUER"`
		Leeway         float64         `json:"LEEWAY"`
		TokenTypeClaim json.RawMessage `json:"TOKEN_TYPE_CLAIM"`
		JTIClaim       json.RawMessage `json:"JTI_CLAIM"`
		UserIDClaim    string          `json:"USER_ID_CLAIM"`
	}
	Minted []struct{ Token, Access, Refresh string }
	Judged [][3]json.RawMessage
}

func readGolden(tb testing.TB, release string) (setups []goldenSetup) {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "golden-"+release+".json"))
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(data, &setups); err != nil {
		tb.Fatal(err)
	}
	return setups
}

// backend makes the backend of a setup, with the clock and the jtis of golden.py.
func (g *goldenSetup) backend(tb testing.TB, release string) *Backend {
	tb.Helper()
	return newBackend(tb, release, func(c *Config) {
		s := &g.Settings
		algorithm := s.Algorithm
		if algorithm == "" {
			algorithm = "HS256"
		}
		c.SigningKey = testKey(tb, algorithm)
		c.Issuer = s.Issuer
		c.Leeway = time.Duration(s.Leeway * float64(time.Second))
		if len(s.Audience) > 0 && s.Audience[0] == '[' {
			if err := json.Unmarshal(s.Audience, &c.Audience); err != nil {
				tb.Fatal(err)
			}
			c.AudienceList = true
		} else if len(s.Audience) > 0 {
			c.Audience = []string{unquoted(tb, s.Audience)}
		}
		if s.UserIDClaim != "" {
			c.UserIDClaim = s.UserIDClaim
		}
		for _, name := range []struct {
			given json.RawMessage
			into  *string
		}{{s.TokenTypeClaim, &c.TokenTypeClaim}, {s.JTIClaim, &c.JTIClaim}} {
			if name.given != nil {
				*name.into = unquoted(tb, name.given) // "" of null
			}
		}
	})
}

func unquoted(tb testing.TB, text json.RawMessage) (s string) {
	tb.Helper()
	if err := json.Unmarshal(text, &s); err != nil {
		tb.Fatal(err)
	}
	return s
}

// TestGolden compares the package with what SimpleJWT did, byte for byte: tokens, texts,
// and which fault of several is named.
func TestGolden(t *testing.T) {
	for _, name := range release.Names() {
		for _, g := range readGolden(t, name) {
			t.Run(name+"/"+g.Setup, func(t *testing.T) { g.check(t, name) })
		}
	}
}

func (g *goldenSetup) check(t *testing.T, release string) {
	for _, m := range g.Minted {
		b := g.backend(t, release) // afresh: jtis count from 1
		var s Scratch
		pair, err := b.Refresh(t.Context(), &s, []byte(m.Token), testNow)
		if err != nil {
			t.Errorf("%s: %v", payloadOf(t, m.Token), err)
			continue
		}
		checkToken(t, b, "access", string(pair.Access), m.Access)
		checkToken(t, b, "refresh", string(pair.Refresh), m.Refresh)
		checkToken(t, b, "minted", mintedAgain(t, g.backend(t, release), m.Token), m.Token)
	}
	for _, j := range g.Judged {
		payload, refreshed, verified := unquoted(t, j[0]), unquoted(t, j[1]), unquoted(t, j[2])
		b := g.backend(t, release)
		token := []byte(signed(t, b.signingKey, withHeader(b.signingKey), payload))
		var s Scratch
		pair, err := b.Refresh(t.Context(), &s, token, testNow)
		got := ""
		if err == nil {
			got = payloadOf(t, pair.Access)
		} else {
			got = Text(b.release, err)
		}
		if want := b.answer(refreshed); got != want {
			t.Errorf("refresh of %s\n got %s\nwant %s", payload, got, want)
		}
		got = ""
		if err := b.Verify(t.Context(), &s, token, testNow); err != nil {
			got = Text(b.release, err)
		}
		if want := b.answer(verified); got != want {
			t.Errorf("verify of %s\n got %q\nwant %q", payload, got, want)
		}
	}
}

// checkToken compares a token with the one that Django made. Where signatures are
// drawn at random, both have to be good.
func checkToken(t *testing.T, b *Backend, what, got, want string) {
	t.Helper()
	switch algorithm := b.signingKey.algorithm; {
	case got == want:
		return
	case strings.HasPrefix(algorithm, "ES"), strings.HasPrefix(algorithm, "PS"):
		if got[:strings.LastIndexByte(got, '.')] != want[:strings.LastIndexByte(want, '.')] {
			break
		}
		for _, token := range []string{got, want} {
			if err := b.Verify(t.Context(), new(Scratch), []byte(token), testNow); err != nil {
				t.Errorf("%s token %s: %v", what, token, err)
			}
		}
		return
	}
	t.Errorf("%s token\n got %s %s\nwant %s %s", what, got, payloadOf(t, got), want, payloadOf(t, want))
}

// mintedAgain mints a token with the claims that want has beside its first four.
func mintedAgain(tb testing.TB, b *Backend, want string) string {
	tb.Helper()
	var (
		extra   []Claim
		members pyjson.Members
	)
	for members.Reset([]byte(payloadOf(tb, want)), pyjson.Constants); members.Next(); {
		extra = append(extra, Claim{string(pyjson.Unescape(nil, members.Key())), members.Value()})
	}
	own := 4
	if b.jtiFirst {
		own = 3
	}
	got, err := b.NewRefreshToken(extra[own:], testNow.Add(-time.Hour))
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

// answer returns the answer that is wanted if Django gave the recorded one: a token that
// crashed Django is invalid here.
func (b *Backend) answer(recorded string) string {
	if recorded == "crash" {
		return Text(b.release, ErrInvalid)
	}
	return recorded
}
