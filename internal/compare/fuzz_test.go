// SPDX-License-Identifier: Apache-2.0

package compare

import "testing"

// FuzzCompare: whatever the two sides say and whatever token was shown, comparing
// ends, an answer is the same as itself, and no name holds a value of the token's.
func FuzzCompare(f *testing.F) {
	f.Add(200, 200, pair(claims), pair(with("0001", "0002")), signed(claims), "application/json")
	f.Add(200, 401, pair(`{"a":`), refused, signed(`{"kid":}`), "multipart/x")
	f.Add(400, 400, `{"a":1,,}`, `{"a"`, "..", "x; charset=")
	f.Add(200, 200, `{"access":"a.b.c","access":""}`, `{"access":"..","refresh":"`, signed(`{"exp":1e999,"iat":NaN}`), "")
	f.Fuzz(func(t *testing.T, django, edge int, django2, edge2, token, contentType string) {
		x := exchange(django, django2, func(x *Exchange) {
			x.Edge.Status, x.Edge.Body, x.Edge.Outcome, x.Edge.WouldGive = edge, []byte(edge2), "invalid", []byte(edge2)
			x.Request.Token, x.Request.ContentType, x.Site.HasStore = token, contentType, true
		})
		finding := x.Compare()
		if finding.Result == Same && django != edge {
			t.Errorf("%d and %d are the same", django, edge)
		}
		if finding.Result == Listed && finding.Row == "" || finding.Result == Skipped && finding.Reason == "" || finding.Result == Differs && len(finding.Names) == 0 {
			t.Errorf("%+v says too little", finding)
		}
		if same := exchange(django, django2, nil).Compare().Result; same != Same && same != Skipped {
			t.Errorf("an answer beside itself: %s", same)
		}
	})
}
