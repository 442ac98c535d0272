// SPDX-License-Identifier: Apache-2.0

package conformance

// The rows of docs/parity.md, by the name that stands first in each row.
const (
	RowCrash         = "crash"
	RowRotationCrash = "rotation-crash"
	RowStrictToken   = "strict-token"
	RowClaimSpelling = "claim-spelling"
	RowUserState     = "user-state"
	RowChunked       = "chunked"
	RowParseText     = "parse-text"
	RowAcceptHTML    = "accept-html"
	RowNoSlash       = "no-slash"
	RowOtherPath     = "other-path"
	RowMaxBody       = "max-body"
	RowDjangoLimits  = "django-limits"
	RowAcceptTies    = "accept-ties"
	RowBodyEncoding  = "body-encoding"
	RowMultipart     = "multipart"
	RowMiddleware    = "middleware"

	RowPreviousKey     = "previous-key"
	RowJWKURL          = "jwk-url"
	RowJWKKeys         = "jwk-keys"
	RowJTI             = "jti"
	RowOnce            = "once"
	RowGrace           = "grace"
	RowSessionEnd      = "session-end"
	RowPasswordChange  = "password-change"
	RowLogoutElsewhere = "logout-elsewhere"
	RowLogoutSpent     = "logout-spent"
	RowStoreDown       = "store-down"
	RowUserCheck       = "user-check"
	RowSuccessorRow    = "successor-row"
	RowEndedRow        = "ended-row"
	RowEndedDrawn      = "ended-drawn"
	RowOddUser         = "odd-user"
	RowStoreClock      = "store-clock"
	RowEarlyData       = "early-data"
)

// Row is a known difference between Django and the edge.
type Row struct{ ID, What string }

// Rows returns the rows that this package names. docs/parity.md has each of
// them, and no other.
func Rows() []Row {
	return []Row{
		{RowCrash, "a signed token, a body or a header that crashes Django: 500 there, 401 (400 for a body or its type, 406 for Accept) at the edge"},
		{RowRotationCrash, "SimpleJWT 5.5.0 crashes where a refresh token rotates and the blacklist app is not installed: answered at the edge"},
		{RowStrictToken, "base64 junk, padding, unused bits, crit, b64, a kid that is no string, duplicate members, a part of ISSUER as iss, text that is not plain UTF-8: 401 at the edge"},
		{RowClaimSpelling, "a carried over claim keeps the spelling that it came in; Django spells it anew"},
		{RowUserState, "inactive, deleted and impossible users from 5.4 on: accepted where no store sees them and user_check asks nobody"},
		{RowChunked, "a chunked body is read; Django takes it for empty"},
		{RowParseText, "the text after `JSON parse error - ` and `Multipart form parse error - `"},
		{RowAcceptHTML, "Accept: text/html and ?format=api get JSON, not the browsable API"},
		{RowNoSlash, "the path without its trailing slash is answered, not redirected"},
		{RowOtherPath, "a path that something behind might take for ours: 404, as in Django, but JSON"},
		{RowMaxBody, "a body over max_body: 413"},
		{RowDjangoLimits, "Django's own limits, such as 1000 form fields: 400, but JSON"},
		{RowAcceptTies, "equally specific ranges in Accept with different indents: the first counts"},
		{RowBodyEncoding, "codecs that only Python knows, such as cp037 and utf-8-sig: read as UTF-8"},
		{RowMultipart, "long or unfinished uploads in base64, and odd file names in multipart bodies"},
		{RowMiddleware, "headers that Django's middleware adds, such as Vary: Cookie with a broken session cookie"},
		{RowPreviousKey, "a token of a previous key is good"},
		{RowJWKURL, "503 while the keys at jwk_url cannot be known"},
		{RowJWKKeys, "keys of a JWK Set that are not for verifying are ignored"},
		{RowJTI, "with a store: a jti that it cannot remember is 401"},
		{RowOnce, "two requests with one token at once: one wins"},
		{RowGrace, "a token spent within reuse_grace gets the same successor again"},
		{RowSessionEnd, "session_lifetime ends sessions"},
		{RowPasswordChange, "end_sessions_on_password_change refuses a token whose claim does not fit the password"},
		{RowLogoutElsewhere, "what Django blacklists is not seen by the file and redis stores"},
		{RowLogoutSpent, "a spent token at the blacklist endpoint ends its session"},
		{RowStoreDown, "503 while the store cannot be asked"},
		{RowUserCheck, "user_check refuses a user where Django does not look; 503 while nobody knows"},
		{RowEndedRow, "with the django store: rows that end a session, or note a late retry, and belong to no token"},
		{RowEndedDrawn, "with the django store and no blacklist_after_rotation: ending a session ends the token presented"},
		{RowSuccessorRow, "the successor's outstanding row is written for every release"},
		{RowOddUser, "with the django store: the blacklist endpoint is kinder to user ids that are no key, and to unknown users in 5.4"},
		{RowStoreClock, "iat by the store's clock where the edge's is known to be off"},
		{RowEarlyData, "425 in TLS early data, or with Early-Data: 1, where a store spends"},
	}
}
