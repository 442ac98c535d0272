// SPDX-License-Identifier: Apache-2.0

package importing

import (
	"slices"
	"strings"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

const (
	maxLeeway = 10 * time.Minute // the most that the edge takes
	forever   = time.Duration(1<<63 - 1)
)

// claims writes the lines for the claims that a token must have.
func (v *Verdict) claims() {
	f := v.facts
	v.audience()
	switch issuer, ok := f.text("ISSUER"); {
	case f.SimpleJWT.Settings["ISSUER"] == nil:
	case !ok:
		v.stays("ISSUER is not a string: the edge takes one issuer")
	case issuer == "":
		v.stays(`ISSUER is "": Django refuses tokens of every other issuer then; set it to None`)
	default:
		v.add("issuer", issuer, "ISSUER")
	}
	taken := map[string]string{"exp": "", "iat": "", "nbf": "", "aud": "", "iss": ""}
	for _, claim := range []struct{ name, line, otherwise string }{
		{"USER_ID_CLAIM", "user_id_claim", simplejwt.DefaultUserIDClaim},
		{"TOKEN_TYPE_CLAIM", "token_type_claim", simplejwt.DefaultTokenTypeClaim},
		{"JTI_CLAIM", "jti_claim", simplejwt.DefaultJTIClaim},
	} {
		name, ok := f.text(claim.name)
		_, clash := taken[name]
		switch {
		case f.SimpleJWT.Settings[claim.name] == nil && claim.name != "USER_ID_CLAIM":
			if f.BlacklistApp {
				v.stays("%s is None, and the blacklist knows tokens by their jti and their type", claim.name)
			}
			v.add(claim.line, "off", claim.name+" is None")
		case !ok || name == "":
			v.stays("%s is not a claim name", claim.name)
		case clash || name == "off" || name == "null" || name == simplejwt.SessionStartClaim:
			v.stays("%s is %.40q, which has another meaning at the edge or is already in use", claim.name, name)
		case name != claim.otherwise:
			v.add(claim.line, name, claim.name)
		}
		taken[name] = claim.name
	}
	v.challenge()
}

func (v *Verdict) audience() {
	f := v.facts
	if one, ok := f.text("AUDIENCE"); ok && one != "" {
		v.addTexts("audience", []string{one}, "AUDIENCE")
		return
	}
	list, ok := f.texts("AUDIENCE")
	switch {
	case f.SimpleJWT.Settings["AUDIENCE"] == nil:
	case !ok || len(list) == 0 || slices.Contains(list, ""):
		v.stays("AUDIENCE is neither a string nor a list of strings, so Django refuses every token, or fails: set it to None")
	default:
		v.addTexts("audience", list, "AUDIENCE")
		if len(list) == 1 {
			v.addSwitch("audience_list", "AUDIENCE is a list of one")
		}
	}
}

// challenge writes the line for WWW-Authenticate. SimpleJWT takes a string for a list
// of one (authentication.py).
func (v *Verdict) challenge() {
	types, ok := v.facts.texts("AUTH_HEADER_TYPES")
	if one, isText := v.facts.text("AUTH_HEADER_TYPES"); isText {
		types, ok = []string{one}, true
	}
	odd := func(t string) bool {
		return t == "" || strings.ContainsFunc(t, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r) })
	}
	switch {
	case !ok || len(types) == 0 || slices.ContainsFunc(types, odd):
		v.stays("AUTH_HEADER_TYPES names no scheme of an Authorization header, such as Bearer")
	case !slices.Equal(types, []string{simplejwt.DefaultAuthHeaderType}):
		v.addTexts("auth_header_types", types, "AUTH_HEADER_TYPES")
	}
}

// time writes the line of a setting that is a duration, unless it is the default.
func (v *Verdict) time(name string, otherwise, least, most time.Duration) {
	d, ok := v.facts.duration(name)
	switch {
	case !ok || d < least || d > most:
		v.stays("%s is not a duration that the edge takes: it takes %s and more, and at most 10m for LEEWAY", name, least)
	case d != otherwise:
		v.lines = append(v.lines, line{strings.ToLower(name), []string{spell(d)}, float64(d), name})
	}
}

// slidingTokens writes the lines for sliding tokens, if a view refreshes them.
func (v *Verdict) slidingTokens() {
	if len(v.sliding) == 0 {
		return
	}
	v.time("SLIDING_TOKEN_LIFETIME", simplejwt.DefaultSlidingTokenLifetime, time.Second, forever)
	v.time("SLIDING_TOKEN_REFRESH_LIFETIME", simplejwt.DefaultSlidingRefreshLifetime, time.Second, forever)
	switch claim, ok := v.facts.text("SLIDING_TOKEN_REFRESH_EXP_CLAIM"); {
	case !ok || claim == "":
		v.stays("SLIDING_TOKEN_REFRESH_EXP_CLAIM is not a claim name")
	case claim != simplejwt.DefaultSlidingRefreshExp:
		v.add("sliding_token_refresh_exp_claim", claim, "SLIDING_TOKEN_REFRESH_EXP_CLAIM")
	}
}

// lifetimes writes the lines for lifetimes and rotation.
func (v *Verdict) lifetimes() {
	f := v.facts
	if f.SimpleJWT.Settings["LEEWAY"] != nil {
		v.time("LEEWAY", 0, 0, maxLeeway)
	}
	v.time("ACCESS_TOKEN_LIFETIME", simplejwt.DefaultAccessTokenLifetime, time.Second, forever)
	v.time("REFRESH_TOKEN_LIFETIME", simplejwt.DefaultRefreshTokenLifetime, time.Second, forever)
	v.slidingTokens()
	rotates, blacklists := f.truth("ROTATE_REFRESH_TOKENS"), f.truth("BLACKLIST_AFTER_ROTATION")
	if rotates {
		v.addSwitch("rotate_refresh_tokens", "ROTATE_REFRESH_TOKENS")
	}
	switch {
	case blacklists && f.BlacklistApp:
		v.addSwitch("blacklist_after_rotation", "BLACKLIST_AFTER_ROTATION")
	case blacklists:
		v.carries("BLACKLIST_AFTER_ROTATION has no effect without rest_framework_simplejwt.token_blacklist in INSTALLED_APPS, and its line is left out")
	}
	switch {
	case rotates && blacklists && f.BlacklistApp:
		v.better("reuse_grace 10s gives a client whose answer got lost the same successor again, and lets browser tabs refresh at the same time; reuse_detection ends the session of a stolen token")
		v.better("a refresh token is spent only once, even if two requests come at the same time: in Django both may succeed")
	case rotates:
		v.better("with the blacklist app, blacklist_after_rotation and reuse_grace 10s a refresh token works once, and a lost answer does not end the session")
	}
	if encoder := f.python("JSON_ENCODER"); encoder != "" {
		v.stays("JSON_ENCODER is %s: the edge does not run Python", encoder)
	}
	if len(f.SimpleJWT.Unknown) > 0 {
		v.differs("SIMPLE_JWT has names that SimpleJWT does not know, and neither does the edge: %s", someOf(f.SimpleJWT.Unknown))
	}
}
