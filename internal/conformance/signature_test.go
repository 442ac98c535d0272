// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/compare"
)

// TestHolds: a signature check that takes everything would make the comparison
// of ES256 and PS256 worthless.
func TestHolds(t *testing.T) {
	for _, p := range slices.Concat(Profiles()[:1], KeyProfiles(Newest())) {
		good, other := p.Sign(`{"a":1}`), p
		other.Key = p.OtherKey
		header, payload, signature := split(good)
		for name, tc := range map[string]struct {
			token string
			want  bool
		}{
			"good":            {good, true},
			"another payload": {header + "." + b64.EncodeToString([]byte(`{"a":2}`)) + "." + signature, false},
			"another key":     {other.Sign(`{"a":1}`), false},
			"no signature":    {header + "." + payload + ".", false},
			"half of it":      {good[:len(good)-len(signature)/2], false},
			"with padding":    {good + "=", false},
			"a line break":    {good + "\n", false},
			"no token":        {"", false},
		} {
			if got := p.Holds(tc.token); got != tc.want {
				t.Errorf("%s, %s: got %v", p.Algorithm, name, got)
			}
		}
	}
}

// TestDiffOfSignedAnew: only the signature of ES256 and PS256 may differ from
// the recorded one.
func TestDiffOfSignedAnew(t *testing.T) {
	for _, p := range KeyProfiles(Newest()) {
		recorded, err := p.Recorded()
		if err != nil {
			t.Fatal(err)
		}
		token := p.Sign(`{"a":1}`)
		header, payload, signature := split(token)
		anew := token
		if p.Algorithm == "ES256" { // s or n-s: both hold
			for _, c := range Catalogue(Newest(), p, 1800000000) {
				if c.Name == "signature: s on the other side" {
					token = c.Token
					header, payload, _ = split(token)
					anew = p.Sign(mustPayload(t, token))
				}
			}
		}
		for name, tc := range map[string]struct {
			got  string
			same bool
		}{
			"the same":          {token, true},
			"signed anew":       {anew, true},
			"another payload":   {p.Sign(`{"a":2}`), false},
			"another header":    {Compact(p.Algorithm, p.Key, `{"typ":"JWT","alg":"`+p.Algorithm+`"}`, mustPayload(t, token)), false},
			"another key":       {Compact(p.Algorithm, p.OtherKey, Header(p.Algorithm), mustPayload(t, token)), false},
			"signature damaged": {header + "." + payload + "." + strings.ToLower(signature), false},
		} {
			diff, err := recorded.Diff(*answerWith(token), *answerWith(tc.got))
			if err != nil || (diff == "") != tc.same {
				t.Errorf("%s, %s: got difference %q, %v, want none: %v", p.Algorithm, name, diff, err, tc.same)
			}
		}
	}
}

func mustPayload(t *testing.T, token string) string {
	t.Helper()
	payload, err := compare.Payload(token)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// TestStoriesRepeat: a seed that a failing run printed must tell its stories
// again, and the recorder the same ones each time.
func TestStoriesRepeat(t *testing.T) {
	for _, p := range StoryProfiles() {
		var runs [2]string
		for i := range runs {
			rng := rand.New(rand.NewPCG(7, 7))
			for range 50 {
				runs[i] += tell(t, NewStory(Newest(), p, 1800000000, rng))
			}
		}
		if diff := cmp.Diff(runs[0], runs[1]); diff != "" {
			t.Errorf("profile %s: the same seed tells other stories:\n%s", p.Name, diff)
		}
	}
}

// tell plays a story to a server that says yes to everything.
func tell(t *testing.T, s *Storyteller) string {
	t.Helper()
	told, err := json.Marshal(s.Tokens)
	if err != nil {
		t.Fatal(err)
	}
	out := string(told)
	for {
		ask, shows, later, ok := s.Next()
		if !ok {
			return out
		}
		step, err := json.Marshal([]any{ask, shows, later, s.JTIs(shows, "a", "b")})
		if err != nil {
			t.Fatal(err)
		}
		out += string(step)
		token := s.p.Sign(Claims{{s.p.JTI, PyString(out[len(out)-32:])}}.Payload())
		answer := answerWith(token)
		answer.Body = strings.Replace(answer.Body, "}", `,"refresh":"`+token+`"}`, 1)
		s.Heard(ask, shows, *answer)
	}
}

// TestStoryKnowsLoggedOut: once a spent token was shown at the blacklist
// endpoint, its successor is good in Django and refused at the edge.
func TestStoryKnowsLoggedOut(t *testing.T) {
	p := StoryProfiles()[0]
	s := NewStory(Newest(), p, 1800000000, rand.New(rand.NewPCG(1, 1)))
	login := slices.IndexFunc(s.known, func(c character) bool { return c.refresh })
	pair := answerWith(p.Sign(`{"jti":"a"}`))
	pair.Body = strings.Replace(pair.Body, "}", `,"refresh":"`+p.Sign(`{"jti":"b"}`)+`"}`, 1)
	if row, _ := s.Heard("refresh", login, *pair); row != "" {
		t.Errorf("the first refresh is of row %q", row)
	}
	successor := len(s.known) - 1
	if row, _ := s.Heard("blacklist", login, *s.blacklisted("blacklist")); row != "" {
		t.Errorf("logging out with the spent token is of row %q", row)
	}
	row, edge := s.Heard("refresh", successor, *pair)
	if diff := s.blacklisted("refresh").Diff(&edge); row != RowLogoutSpent || diff != "" {
		t.Errorf("refreshing the successor is of row %q: %s", row, diff)
	}
	if _, _, _, ok := s.Next(); ok {
		t.Error("the story goes on with tokens that the edge did not make")
	}
}
