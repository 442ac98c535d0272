// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestCutOffs guards what a cut-off that is held does to the next one and to a
// token: it never goes back, neither does how long it is kept, and once that time
// is over it counts as nothing, whether it was swept or not.
func TestCutOffs(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	at, year := now.Unix(), now.Add(store.AdminLife).Unix()
	for name, tc := range map[string]struct {
		held   *cutOff
		second int64
		want   cutOff
		check  store.Verdict // of a token issued at the second at, before that
	}{
		"first":                 {nil, at - 5, cutOff{at - 5, year}, store.Live},
		"later":                 {&cutOff{at - 9, at}, at - 5, cutOff{at - 5, year}, store.Live},
		"earlier":               {&cutOff{at, at}, at - 5, cutOff{at, year}, store.Refused},
		"kept longer":           {&cutOff{at - 9, year + 1}, at - 5, cutOff{at - 5, year + 1}, store.Live},
		"in the future":         {&cutOff{at + 1, at}, at - 5, cutOff{at + 1, year}, store.Refused},
		"kept until a year ago": {&cutOff{at, at - 1}, at - 5, cutOff{at - 5, year}, store.Live},
	} {
		var held []byte
		if tc.held != nil {
			held = appendCutOff(nil, *tc.held)
		}
		asked := &operation{kind: check, spend: store.Spend{Token: store.Token{IssuedAt: at}}}
		if !asked.decide(now, nil, held) || asked.answer.Verdict != tc.check || asked.writes {
			t.Errorf("%s: Check = %v, want %v", name, asked.answer.Verdict, tc.check)
		}
		op := &operation{kind: cut, cut: store.CutOff{Second: tc.second}}
		var got cutOff
		if !op.decide(now, held, nil) || !op.writes || !decodeCutOff(op.content, &got) || got != tc.want || op.voided.Second != tc.want.second {
			t.Errorf("%s: CutOff = %+v, %+v; want %+v", name, op.voided, got, tc.want)
		}
	}
	for name, bad := range map[string]*operation{"cut-off": {kind: cut}, "record": {kind: spend}} {
		if bad.decide(now, []byte{2}, nil) {
			t.Errorf("%s: what has an unknown form is taken for one", name)
		}
	}
	if op := (&operation{kind: check}); op.decide(now, nil, []byte{2}) {
		t.Error("a user's cut-off that has an unknown form is taken for one")
	}
}
