// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangostore

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// signIn makes a user with this name and lets Django hand out a token for him.
func signIn(t testing.TB, p *djangotest.Project, name string) store.Token {
	t.Helper()
	return parse(t, p.Python(t, `
from django.contrib.auth import get_user_model
from rest_framework_simplejwt.tokens import RefreshToken
users = get_user_model().objects
user = users.filter(username="`+name+`").first()
if user is None:
    user = get_user_model()(username="`+name+`")
    if user.pk is None and get_user_model()._meta.pk.get_internal_type() == "CharField" or user.pk == "":
        user.pk = "`+name+` id"
    user.set_password("secret")
    user.save(force_insert=True)
print(RefreshToken.for_user(user))`))
}

// parse reads a token that is known to be good.
func parse(t testing.TB, text string) store.Token {
	t.Helper()
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no token", text)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		JTI    string          `json:"jti"`
		Exp    int64           `json:"exp"`
		Iat    int64           `json:"iat"`
		UserID json.RawMessage `json:"user_id"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	token := store.Token{
		JTI: claims.JTI, IssuedAt: claims.Iat, ExpiresAt: claims.Exp, Text: text,
		Reencode: func() (string, error) { return text, nil },
	}
	switch id := string(claims.UserID); {
	case id == "", id == "null":
	case id[0] == '"':
		token.User.Kind = store.TextUser
		if err := json.Unmarshal(claims.UserID, &token.User.ID); err != nil {
			t.Fatal(err)
		}
	default:
		token.User = store.User{ID: id, Kind: store.IntegerUser}
	}
	return token
}

// row is one outstanding token, as text, with what is known of its blacklisting.
func row(t testing.TB, p *djangotest.Project, jti string) string {
	t.Helper()
	return p.Python(t, `
from rest_framework_simplejwt.token_blacklist.models import *
o = OutstandingToken.objects.filter(jti=`+fmt.Sprintf("%q", jti)+`).first()
print(o and (o.user and o.user.username, o.token[:12], bool(o.created_at), o.expires_at.isoformat(), hasattr(o, "blacklistedtoken")))`)
}
