// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// whyNotCompact says why a text is no token. It returns "" if the text may be one.
func whyNotCompact(token []byte) string {
	switch _, ok := splitCompact(token); {
	case len(token) > MaxTokenSize:
		return fmt.Sprintf("it has %d bytes, and at most %d are read", len(token), MaxTokenSize)
	case bytes.HasPrefix(token, []byte("{")):
		return "it is JSON: give the token alone, which is the value of refresh"
	case bytes.ContainsAny(token, " \t\r\n\""):
		return "it has spaces, line breaks or quotes in it: give the token alone"
	case !ok:
		return fmt.Sprintf("it has %d parts between dots, and a token has 3: give the whole token", bytes.Count(token, []byte("."))+1)
	default:
		return ""
	}
}

// signature notes which key made the signature, or says why none did.
func (x *explainer) signature(ctx context.Context, c *compact) {
	var s Scratch
	r := &x.b.ring
	h, ok := r.header(&s, c.header)
	if !ok {
		x.problem(ErrInvalid, "its header is not base64url of a JSON object with one alg, or it has crit or b64, which are refused")
		return
	}
	signature, ok := appendDecoded(nil, c.signature)
	if !ok {
		x.problem(ErrInvalid, "its signature is not base64url as RFC 7515 requires it, without padding and stray bits")
		return
	}
	algorithm, keyID := string(h.algorithm), string(h.keyID)
	served := false
	for i, key := range r.keys {
		if key.algorithm != algorithm {
			continue
		}
		served = true
		if key.verify(c.signed, signature) {
			x.Key = r.settingOf(i)
			return
		}
	}
	switch {
	case !served && (r.set == nil || algorithm != r.algorithm):
		x.problem(ErrInvalid, "%s", r.whyNotAlgorithm(algorithm, c.signed, signature))
		return
	case r.set == nil:
		x.problem(ErrInvalid, "its signature fits no key here (%s): give signing_key the value of SIGNING_KEY in SIMPLE_JWT, which is SECRET_KEY by default, "+
			"or name a key that was replaced with previous_key", r.settings())
		return
	case h.keyID == nil:
		x.problem(ErrInvalid, "it has no kid in its header, by which the keys of jwk_url are found: let the issuer write one, or name the key with verifying_key")
		return
	}
	key, err := r.set.Key(ctx, keyID)
	switch {
	case err != nil:
		x.problem(ErrUnavailable, "the keys of jwk_url cannot be fetched: %v", err)
	case key == nil:
		x.problem(ErrInvalid, "jwk_url has no key for %s with the kid %s of its header", r.algorithm, shown([]byte(strconv.Quote(keyID))))
	case key.algorithm != r.algorithm || !key.verify(c.signed, signature):
		x.problem(ErrInvalid, "its signature does not fit the key that jwk_url has for the kid %s of its header", shown([]byte(strconv.Quote(keyID))))
	default:
		x.Key = "jwk_url"
	}
}

// settingOf names the setting that the i-th key comes from.
func (r *ring) settingOf(i int) string {
	if r.set == nil {
		if i == 0 {
			return "signing_key"
		}
		i--
	}
	if len(r.keys) <= 2 {
		return "previous_key"
	}
	return fmt.Sprintf("previous_key %d", i+1)
}

func (r *ring) settings() string {
	all := make([]string, len(r.keys))
	for i, key := range r.keys {
		all[i] = r.settingOf(i) + " for " + key.algorithm
	}
	return strings.Join(all, ", ")
}

// whyNotAlgorithm says why no key has the algorithm, and whether another value of the
// algorithm setting would help.
func (r *ring) whyNotAlgorithm(algorithm string, signed, signature []byte) string {
	text := "its alg is " + shown([]byte(strconv.Quote(algorithm))) + ", and the keys here are for " + r.algorithm
	if !KnownAlgorithm(algorithm) {
		return text + ": no token with that alg is accepted"
	}
	for i, key := range r.keys {
		other, err := NewVerifyingKeyFrom(algorithm, key.public)
		if key.public != nil && err == nil && other.verify(signed, signature) {
			return text + ": its signature fits " + r.settingOf(i) + ", so write algorithm " + algorithm
		}
	}
	return text + ": write algorithm " + algorithm + " and its key, if ALGORITHM in SIMPLE_JWT is that"
}

func (b *Backend) whyStoreRefuses(answer *store.Answer) string {
	switch answer.Verdict {
	case store.Refused:
		return "its session has ended, by a logout, by an operator or in Django, or its user was logged out everywhere: the user has to log in again"
	case store.Spent:
		text := "it was used before"
		if b.reuseDetection {
			text += "; using it again ends the session, as reuse_detection says"
		}
		return text
	case store.UserRefused:
		return whyUserRefused[answer.User]
	default:
		return "the store answers " + answer.Verdict.String()
	}
}

var whyUserRefused = map[store.UserState]string{
	store.UserMissing:         "there is no user with its user id: the user was deleted, or look at user_table, user_id_field and user_id_claim",
	store.UserInactive:        "its user is not active: look at the user in Django, or at active_field",
	store.UserPasswordChanged: "its user has changed the password since: the user has to log in again",
	store.UserBadID:           "its user id cannot be a key of the user table: look at user_id_claim and user_id_field",
	store.UserBadUUID:         "its user id is not a UUID, and the user table is keyed by UUIDs: look at user_id_claim and user_id_field",
}

// longestShown is how much of a claim is shown.
const longestShown = 80

// shown returns a value of a token in a form that is safe to print in a terminal: one
// line, no control characters, not too long.
func shown(value []byte) string {
	text := string(value)
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		text = strconv.QuoteToASCII(text)
	}
	if len(text) > longestShown {
		text = strings.ToValidUTF8(text[:longestShown], "") + "..."
	}
	return text
}

// moment returns a time in words, and how far it is from now.
func moment(d numericDate, now time.Time) string {
	if d.seconds < 0 || d.seconds > lastSecond {
		return "a time that is out of range"
	}
	at := time.Unix(d.seconds, 0)
	text := at.UTC().Format(time.RFC3339)
	switch apart := now.Sub(at).Round(time.Second); {
	case apart > 0:
		return text + ", which was " + apart.String() + " ago"
	default:
		return text + ", which is in " + (-apart).String()
	}
}
