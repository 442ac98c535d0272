// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"strings"
	"testing"
)

// TestIdentity: the jti and the user id are known of every token whose
// signature is good, and of no other.
func TestIdentity(t *testing.T) {
	b := newBackend(t, "5.3", nil)
	token := func(payload string) string { return signed(t, b.signingKey, withHeader(b.signingKey), payload) }
	tests := []struct{ name, token, jti, userID, str string }{
		{"good", token(goodClaims), "0123", "1", "1"},
		{"text", token(`{"jti":"\u00e9\"\/","user_id":"1"}`), `é"/`, "1", "1"},
		{"neither", token(`{}`), "", "", ""},
		{"expired", token(`{"jti":"a","user_id":1,"exp":1}`), "a", "1", "1"},
		{"other kinds", token(`{"jti":[1, 2],"user_id":null}`), "[1, 2]", "null", "None"},
		{"great number", token(`{"jti":1.50,"user_id":12345678901234567890}`), "1.50", "12345678901234567890", "12345678901234567890"},
		{"badly signed", token(goodClaims) + "A", "", "", ""},
		{"no JSON", token(`{"jti":"a","user_id":1`), "", "", ""},
		{"twice", token(`{"jti":"a","user_id":1,"jti":"b"}`), "", "", ""},
		{"no token", "x", "", "", ""},
	}
	var s Scratch
	for _, tt := range tests {
		_, _ = b.Refresh(t.Context(), &s, []byte(tt.token), testNow) // the verdict is another test's
		if string(s.JTI()) != tt.jti || string(s.UserID()) != tt.userID || s.UserIDStr() != tt.str {
			t.Errorf("%s: jti %q, user %q, for Python %q", tt.name, s.JTI(), s.UserID(), s.UserIDStr())
		}
	}
}

// TestTrim: a pool of scratches does not keep the memory that one large token took, and
// forgets the token's ids.
func TestTrim(t *testing.T) {
	b := newBackend(t, "5.3", nil)
	var s Scratch
	large := claimsWith(manyClaims(1000) + `,"x":"` + strings.Repeat("x", 30_000) + `"`)
	if _, err := b.Refresh(t.Context(), &s, []byte(signed(t, b.signingKey, withHeader(b.signingKey), large)), testNow); err != nil {
		t.Fatal(err)
	}
	s.Trim()
	for _, buffer := range [][]byte{s.decoded, s.signature, s.payload, s.access, s.refresh} {
		if cap(buffer) > keptBytes {
			t.Errorf("%d bytes are kept", cap(buffer))
		}
	}
	if cap(s.claims.all) > keptClaims || s.JTI() != nil || s.UserID() != nil {
		t.Errorf("%d claims, jti %q, user %q are kept", cap(s.claims.all), s.JTI(), s.UserID())
	}

	if _, err := b.Refresh(t.Context(), &s, []byte(signed(t, b.signingKey, withHeader(b.signingKey), goodClaims)), testNow); err != nil {
		t.Fatal(err)
	}
	s.Trim()
	if s.decoded == nil || s.access == nil || s.claims.all == nil {
		t.Error("the memory of a usual token is not kept")
	}
}
