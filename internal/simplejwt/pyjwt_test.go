// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// pyJWTRecording is what SimpleJWT made of the same tokens with each PyJWT.
// testdata/pyjwt.py made the file and says what is in it.
type pyJWTRecording struct {
	SimpleJWT string
	Releases  []string // of PyJWT, oldest first
	Headers   [][2]string
	Secrets   []pyJWTSecret
	Setups    []struct {
		Settings struct {
			Issuer   string  `json:"ISSUER"`
			Audience string  `json:"AUDIENCE"`
			Leeway   float64 `json:"LEEWAY"`
		}
		Cases []pyJWTCase
	}
}

type pyJWTSecret struct {
	Secret  string
	Refused []string // by these releases
}

func (s *pyJWTSecret) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&s.Secret, &s.Refused})
}

type pyJWTCase struct {
	Token   string
	Strict  bool // the edge may refuse it
	Answers [][3]string
}

func (c *pyJWTCase) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&c.Token, &c.Strict, &c.Answers})
}

// answers returns the texts for a refresh and a verification of a release.
func (c *pyJWTCase) answers(releases []string, release string) (texts [2]string) {
	for _, a := range c.Answers {
		if slices.Index(releases, a[0]) <= slices.Index(releases, release) {
			texts = [2]string{a[1], a[2]}
		}
	}
	return texts
}

func readPyJWT(tb testing.TB) (r pyJWTRecording) {
	tb.Helper()
	file := os.Getenv("PYJWT_RECORDING")
	if file == "" {
		file = filepath.Join("testdata", "pyjwt.json")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(data, &r); err != nil {
		tb.Fatal(err)
	}
	return r
}

// TestPyJWT compares the package with what each release of PyJWT says of a token:
// whether it is good, and which text refuses it.
func TestPyJWT(t *testing.T) {
	r := readPyJWT(t)
	for _, version := range r.Releases {
		t.Run(version, func(t *testing.T) {
			strict := 0
			for _, setup := range r.Setups {
				s := &setup.Settings
				b := newBackend(t, "5.5", func(c *Config) {
					c.Release = release.MustFind(release.Versions{SimpleJWT: r.SimpleJWT, PyJWT: version})
					c.Issuer, c.Leeway = s.Issuer, time.Duration(s.Leeway*float64(time.Second))
					if s.Audience != "" {
						c.Audience = []string{s.Audience}
					}
				})
				for _, c := range setup.Cases {
					strict += c.check(t, b, r.Releases, version)
				}
			}
			if strict == 0 {
				t.Error("no token was refused that PyJWT takes: the recording lacks them")
			}
		})
	}
}

// check returns how often the edge was stricter.
func (c *pyJWTCase) check(t *testing.T, b *Backend, releases []string, version string) (strict int) {
	t.Helper()
	token := c.Token
	if strings.HasPrefix(token, "{") {
		token = signed(t, b.signingKey, withHeader(b.signingKey), token)
	}
	var s Scratch
	_, refresh := b.Refresh(t.Context(), &s, []byte(token), testNow)
	verify := b.Verify(t.Context(), &s, []byte(token), testNow)
	want := c.answers(releases, version)
	for i, err := range []error{refresh, verify} {
		got, what := "", []string{"refresh", "verify"}[i]
		if err != nil {
			got = b.Text(err)
		}
		switch {
		case got == b.answer(want[i]):
		case c.Strict && got == b.Text(ErrInvalid):
			strict++
		default:
			t.Errorf("%s of %s\n got %q\nwant %q", what, c.Token, got, want[i])
		}
	}
	return strict
}

// TestPyJWTHeader: a new token has the bytes of the header that each release writes.
func TestPyJWTHeader(t *testing.T) {
	r := readPyJWT(t)
	written := pyJWTCase{}
	for _, h := range r.Headers {
		written.Answers = append(written.Answers, [3]string{h[0], h[1]})
	}
	for _, version := range r.Releases {
		b := newBackend(t, "5.5", func(c *Config) {
			c.Release = release.MustFind(release.Versions{SimpleJWT: r.SimpleJWT, PyJWT: version})
		})
		token, err := b.NewRefreshToken(nil, testNow)
		if err != nil {
			t.Fatal(err)
		}
		header, _, _ := strings.Cut(token, ".")
		if got, want := header, b64.EncodeToString([]byte(written.answers(r.Releases, version)[0])); got != want {
			t.Errorf("PyJWT %s: header %s, want %s", version, got, want)
		}
	}
}

// TestPyJWTSecrets: a secret with which Django answers 500 to everything, in any
// release of PyJWT, is refused when the configuration is loaded.
func TestPyJWTSecrets(t *testing.T) {
	refused := 0
	for _, s := range readPyJWT(t).Secrets {
		if len(s.Refused) == 0 {
			continue
		}
		refused++
		if _, err := NewKey("HS256", []byte(s.Secret), true); err == nil {
			t.Errorf("%q is a secret, which PyJWT %s refuses", s.Secret, s.Refused)
		}
	}
	if refused == 0 {
		t.Error("the recording has no secret that PyJWT refuses")
	}
}

// TestHeaderWithKeyID: a kid stands where PyJWT puts the one of its headers argument.
func TestHeaderWithKeyID(t *testing.T) {
	for pyjwt, want := range map[string]string{
		"2.4.0": `{"typ":"JWT","alg":"HS256","kid":"k\u00e9"}`,
		"2.5.0": `{"alg":"HS256","kid":"k\u00e9","typ":"JWT"}`,
	} {
		b := newBackend(t, "5.5", withPyJWT("5.5.1", pyjwt, func(c *Config) { c.KeyID = "ké" }))
		if got, err := b64.DecodeString(b.headerSegment); err != nil || string(got) != want {
			t.Errorf("PyJWT %s: %s, want %s", pyjwt, got, want)
		}
		token := signed(t, b.signingKey, want, goodClaims)
		if _, err := b.Refresh(t.Context(), new(Scratch), []byte(token), testNow); err != nil {
			t.Errorf("PyJWT %s: its own token: %v", pyjwt, err)
		}
	}
}
