// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"errors"
	"fmt"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// TestText: each error has its own text of the table, wrapped or not. Any other error
// has the text of an invalid token.
func TestText(t *testing.T) {
	r := &release.Release{SimpleJWT: release.SimpleJWT{Texts: release.Texts{
		Invalid: "invalid", Expired: "expired", ExpPassed: "exp passed", NoExp: "no exp", NoID: "no id", NoType: "no type",
		WrongType: "wrong type", Blacklisted: "blacklisted", NoActiveAccount: "no account", PasswordChanged: "password",
	}}}
	for err, want := range map[error]string{
		ErrInvalid:               "invalid",
		ErrExpired:               "expired",
		ErrExpPassed:             "exp passed",
		ErrNoExp:                 "no exp",
		ErrNoID:                  "no id",
		ErrNoType:                "no type",
		ErrWrongType:             "wrong type",
		ErrBlacklisted:           "blacklisted",
		ErrStraggler:             "blacklisted",
		ErrReused:                "blacklisted",
		ErrNoActiveAccount:       "no account",
		ErrPasswordChanged:       "password",
		errors.New("unheard of"): "invalid",
	} {
		for _, err := range []error{err, fmt.Errorf("wrapped: %w", err)} {
			if got := Text(r, err); got != want {
				t.Errorf("%v: got %q, want %q", err, got, want)
			}
		}
	}
}

// TestAlgorithms: keys can be made for each ALGORITHM that some release accepts, and for
// no other.
func TestAlgorithms(t *testing.T) {
	taken := map[string]bool{}
	for _, name := range release.Names() {
		r := release.MustNamed(name)
		for _, algorithm := range r.Algorithms {
			taken[algorithm] = true
			if !KnownAlgorithm(algorithm) {
				t.Errorf("%s: no key can be made for %s", name, algorithm)
			}
		}
	}
	for _, algorithm := range everyAlgorithm {
		if !taken[algorithm] {
			t.Errorf("no release takes %s", algorithm)
		}
	}
	if KnownAlgorithm("none") || KnownAlgorithm("") || !KnownAlgorithm("PS512") || Symmetric("RS256") || !Symmetric("HS384") {
		t.Error("the table of algorithms is off")
	}
}
