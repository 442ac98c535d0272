// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/rueidis"
	"pgregory.net/rapid"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// encode writes a record as record.go says that it stands in Redis.
func encode(r *store.Record) string {
	b := []byte{1, 0}
	if r.Ended {
		b[1] = 1
	}
	b = binary.BigEndian.AppendUint32(b, r.Last)
	b = binary.BigEndian.AppendUint32(b, r.Late)
	b = append(b, binary.BigEndian.AppendUint64(nil, uint64(r.Keep))[3:]...)
	b = append(b, pack(&store.Issued{IssuedAt: r.IssuedAt, ExpiresAt: r.ExpiresAt})...)
	for _, at := range r.SpentAt {
		b = append(b, binary.BigEndian.AppendUint64(nil, uint64(at))[1:]...)
	}
	return string(b)
}

// decode is the reverse of encode; times that are left out are 0.
func decode(t testing.TB, text string) (r store.Record) {
	t.Helper()
	b := []byte(text)
	if len(b) == 0 {
		return r
	}
	if len(b) < 31 || len(b) > 87 || (len(b)-31)%7 != 0 || b[0] != 1 || b[1] > 1 {
		t.Fatalf("a record of %d bytes: %x", len(b), b)
	}
	r.Ended, r.Last, r.Late = b[1] == 1, binary.BigEndian.Uint32(b[2:]), binary.BigEndian.Uint32(b[6:])
	r.Keep = int64(binary.BigEndian.Uint64(append(make([]byte, 3), b[10:15]...)))
	r.IssuedAt, r.ExpiresAt = int64(binary.BigEndian.Uint64(b[15:])), int64(binary.BigEndian.Uint64(b[23:]))
	for i, rest := 0, b[31:]; len(rest) > 0; i, rest = i+1, rest[7:] {
		r.SpentAt[i] = int64(binary.BigEndian.Uint64(append(make([]byte, 1), rest[:7]...)))
	}
	return r
}

// TestScriptsAgree: see scriptsAgree.
func TestScriptsAgree(t *testing.T) {
	scriptsAgree(t, open(t, &Store{Addresses: []string{startEmbedded(t).Addr()}, Timeout: patient}), 3)
}

// scriptsAgree: the scripts decide as package store does in Go, and leave the same record,
// whatever stood there before: records of every age, steps up to the last one,
// exps beyond what Lua's numbers hold.
func scriptsAgree(t *testing.T, s *Store, rounds int) {
	mustSpend(t, s, login(), store.Rotated) // which connects
	client := *s.resource.ready.Load()
	ago := rapid.SampledFrom([]time.Duration{
		0, time.Millisecond, 9 * time.Second, 11 * time.Second, time.Hour - time.Minute, time.Hour + time.Minute, 48 * time.Hour, -5 * time.Second, -time.Hour,
	})
	exps := rapid.SampledFrom([]int64{-3600, -1, 60, 86400, 400 * 86400})
	odd := rapid.SampledFrom([]int64{0, -1, 1<<53 + 1, math.MaxInt64, math.MinInt64})
	story := func(r *rapid.T) {
		now := time.Now()
		second := func(what string) int64 {
			if rapid.IntRange(0, 9).Draw(r, what+" odd") == 0 {
				return odd.Draw(r, what)
			}
			return now.Unix() + exps.Draw(r, what)
		}
		first := rapid.SampledFrom([]uint32{0, 1, 7, 40, store.MaxStep - 30}).Draw(r, "first")
		step := first + rapid.Uint32Range(0, 20).Draw(r, "step")
		var before store.Record
		if rapid.Bool().Draw(r, "known") {
			before = store.Record{
				Last:  rapid.SampledFrom([]uint32{step + 1, first + rapid.Uint32Range(1, 20).Draw(r, "last")}).Draw(r, "which last"),
				Ended: rapid.IntRange(0, 5).Draw(r, "ended") == 0, Keep: now.Unix() + 1000 + max(0, exps.Draw(r, "keep")),
				IssuedAt: second("iat"), ExpiresAt: second("exp"),
			}
			if rapid.Bool().Draw(r, "was late") {
				before.Late = step + 1 - min(step, rapid.SampledFrom([]uint32{0, 1, 14, 15, 16, 17, 30}).Draw(r, "late"))
			}
			for i := range before.SpentAt {
				if rapid.IntRange(0, 9).Draw(r, "unknown") != 0 {
					before.SpentAt[i] = now.Add(-ago.Draw(r, "ago")).UnixMicro()
				}
			}
		}
		session := store.Locate(login().JTI)
		token := store.Token{JTI: jtiAt(session, step), IssuedAt: second("token iat"), ExpiresAt: second("token exp")}
		if store.Locate(token.JTI).Step != step {
			t.Fatalf("%s stands at step %d, want %d", token.JTI, store.Locate(token.JTI).Step, step)
		}
		key := s.sessionKey("shop", store.Locate(token.JTI))
		if before != (store.Record{}) {
			set := client.B().Set().Key(key).Value(encode(&before)).ExatTimestamp(before.Keep + 1).Build()
			if err := client.Do(r.Context(), set).Error(); err != nil {
				t.Fatal(err)
			}
		}
		after := before
		if rapid.IntRange(0, 3).Draw(r, "revoke") == 0 {
			v := &store.Revocation{Name: "shop", Token: token, Leeway: time.Second, Reason: store.Reason(rapid.IntRange(0, 1).Draw(r, "reason"))}
			got, err := s.Revoke(r.Context(), v)
			want, _ := after.Revoke(v, step, false, got.Now)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				r.Fatalf("Revoke: %v (-Go +script):\n%s", err, diff)
			}
		} else {
			sp := &store.Spend{
				Name: "shop", Token: token, Grace: 10 * time.Second, LateRetry: rapid.SampledFrom([]time.Duration{0, time.Hour}).Draw(r, "late retry"),
				EndOnReuse: rapid.Bool().Draw(r, "end"), Leeway: time.Second,
				Successor: store.Issued{JTI: store.Successor(token.JTI), IssuedAt: second("new iat"), ExpiresAt: second("new exp")},
			}
			if sp.Token.ExpiresAt == 0 {
				sp.Token.ExpiresAt = 1 // 0 is none, which no token has that is presented
			}
			checked, err := s.Check(r.Context(), &store.Check{Name: "shop", Token: token})
			if want := before.Check(step, false, checked.Now); err != nil || checked.Verdict != want {
				r.Fatalf("Check = %v, %v; want %v", checked.Verdict, err, want)
			}
			got, err := s.Spend(r.Context(), sp)
			want, _ := after.Spend(sp, step, false, got.Now)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				r.Fatalf("Spend: %v (-Go +script):\n%s", err, diff)
			}
		}
		text, err := client.Do(r.Context(), client.B().Get().Key(key).Build()).ToString()
		if err != nil && !rueidis.IsRedisNil(err) {
			t.Fatal(err)
		}
		after.Keep = max(0, min(after.Keep, maxSecond))
		if diff := cmp.Diff(after, decode(t, text)); diff != "" {
			r.Fatalf("the record after (-Go +script):\n%s", diff)
		}
	}
	for range rounds { // of 100 each: some cases are rare
		rapid.Check(t, story)
	}
}

// jtiAt returns the token of that step in a session.
func jtiAt(p store.Place, step uint32) string {
	if step == 0 {
		return login().JTI
	}
	// The check digits of a derived jti are three: one of 4096 fits.
	for check := range 1 << 12 {
		jti := p.Prefix() + fmt.Sprintf("%07x%03x", step, check)
		if store.Locate(jti).Step == step {
			return jti
		}
	}
	panic("no check digits fit")
}
