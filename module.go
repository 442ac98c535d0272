// SPDX-License-Identifier: Apache-2.0

// Package caddyrefresh is a Caddy HTTP handler that refreshes JSON web tokens
// at the edge, with the answers that djangorestframework-simplejwt would give.
package caddyrefresh

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/caddyrefresh/caddyrefresh/internal/check"
	"github.com/caddyrefresh/caddyrefresh/internal/cookie"
	"github.com/caddyrefresh/caddyrefresh/internal/djrestauth"
	"github.com/caddyrefresh/caddyrefresh/internal/keyset"
	_ "github.com/caddyrefresh/caddyrefresh/internal/operate" // the admin API and the commands
	"github.com/caddyrefresh/caddyrefresh/internal/readiness"
	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
	"github.com/caddyrefresh/caddyrefresh/internal/site"
	"github.com/caddyrefresh/caddyrefresh/internal/stores"
	"github.com/caddyrefresh/caddyrefresh/internal/usercheck"
)

// Handler answers POST requests to a token refresh endpoint in place of the
// Django backend behind it: it validates the refresh token with the configured
// key and issues a new access token, as djangorestframework-simplejwt does with
// the SIMPLE_JWT settings of the same names. All other requests go to the next
// handler untouched.
//
// It sets these placeholders once it has answered a request:
//
// Placeholder | Description
// ------------|-------------
// `{http.token_refresh.outcome}` | What became of the request: `issued`, `rotated`, `replayed`, `verified`, `revoked`, `bad_request`, `invalid`, `expired`, `wrong_type`, `blacklisted`, `straggler`, `reused`, `user_refused`, `store_error`, `user_check_error`, `origin_refused` or `too_long`; of a login `obtained`, `passed`, `foreign`, `withheld`, `too_long` or `failed`
// `{http.token_refresh.user_id}` | The user id in a token that was signed by us, else empty
// `{http.token_refresh.jti}` | The id of a token that was signed by us, else empty
// `{http.token_refresh.answered_by}` | `backend` where it worded a refusal, else `edge`
//
// The same go into the access log as `token_refresh>outcome` and so on.
type Handler struct {
	// The release of SimpleJWT whose answers are given: 5.2, 5.3, 5.4 or 5.5,
	// each of which stands for the newest of its series, or a full release such
	// as 5.3.1. Default: 5.3
	SimpleJWTVersion string `json:"simplejwt_version,omitempty"`

	// The release of PyJWT that the backend has, from 2.4 on, such as 2.15 or
	// 2.15.1. Default: the newest that this edge knows
	PyJWTVersion string `json:"pyjwt_version,omitempty"`

	// The release of Django REST framework, from 3.14 on, such as 3.18 or
	// 3.18.3. Default: the newest that this edge knows
	DRFVersion string `json:"drf_version,omitempty"`

	// The release of Django, from 4.2 on, such as 5.2 or 5.2.19. Default: 5.2, the
	// newest that pip installs with Python 3.11
	DjangoVersion string `json:"django_version,omitempty"`

	// The paths of the refresh endpoint, each with and without a trailing
	// slash. `off` alone switches the endpoint off. Default: /api/token/refresh
	RefreshPath []string `json:"refresh_path,omitempty"`

	// The paths of the verify endpoint, each with and without a trailing slash;
	// in SimpleJWT it is /api/token/verify. Default: off
	VerifyPath []string `json:"verify_path,omitempty"`

	// The paths of the blacklist endpoint, where clients log out, each with and
	// without a trailing slash. Default: /api/token/blacklist, but off without a
	// store, and off with the django store, since Django has that endpoint then.
	// With `cookies` it is always on; without a store it answers only requests that
	// carry these cookies, and the rest go to the backend
	BlacklistPath []string `json:"blacklist_path,omitempty"`

	// The paths of the endpoint that refreshes sliding tokens, as
	// TokenRefreshSlidingView does, each with and without a trailing slash.
	// Default: off
	SlidingPath []string `json:"sliding_path,omitempty"`

	// How long a new sliding token lives. Default: 5m
	SlidingTokenLifetime caddy.Duration `json:"sliding_token_lifetime,omitempty"`

	// How long after the login a sliding token can be refreshed. A login writes
	// the time into the token, and the edge reads it there. The setting itself
	// bounds how long a store remembers that a user was logged out everywhere.
	// Default: 1d
	SlidingTokenRefreshLifetime caddy.Duration `json:"sliding_token_refresh_lifetime,omitempty"`

	// The claim with the time until which a sliding token can be refreshed.
	// Default: refresh_exp
	SlidingTokenRefreshExpClaim string `json:"sliding_token_refresh_exp_claim,omitempty"`

	// Paths where GET and HEAD requests find whether the handler is ready, each with and
	// without a trailing slash. 503 with `{"status":"starting"}` until its store has
	// answered once, then 200 with `ready`, or with `degraded` while the store fails. A
	// site with `jwk_url` and no `previous_key` also waits for these keys. Default: off
	ReadyPath []string `json:"ready_path,omitempty"`

	// The algorithm of the keys: HS, RS, PS or ES with 256, 384 or 512, or
	// EdDSA. Default: HS256
	Algorithm string `json:"algorithm,omitempty"`

	// The secret, or the private key in PEM, that signs tokens: the value of
	// Django's SIGNING_KEY. Write a placeholder such as
	// `{env.DJANGO_SECRET_KEY}` or `{file./run/secrets/jwt}`, so that the
	// secret stays out of the configuration. Required.
	SigningKey string `json:"signing_key,omitempty"`

	// The public key or the certificate, in PEM, that verifies tokens. It has to
	// be the public half of the signing key. Default: that half
	VerifyingKey string `json:"verifying_key,omitempty"`

	// The URL of a JWK Set. The key of the set that a token's `kid` names then
	// verifies the token, in place of the verifying key. The edge fetches nothing
	// before a token needs a key. Write placeholders for credentials, such as
	// `https://{env.USER}:{env.PASSWORD}@host/path`.
	JWKURL string `json:"jwk_url,omitempty"`

	// Old keys, whose tokens are still valid. They verify and never sign, so that
	// keys can change without logging anyone out.
	PreviousKey []PreviousKey `json:"previous_key,omitempty"`

	// The `kid` in the header of new tokens. Default: none, as in SimpleJWT
	KeyID string `json:"key_id,omitempty"`

	// Paths where GET and HEAD requests find the public halves of the signing
	// key and the previous keys as a JWK Set. Default: off
	JWKSPath []string `json:"jwks_path,omitempty"`

	// If true, a secret that is shorter than its hash (RFC 7518 section 3.2)
	// causes a warning instead of an error.
	AllowShortKey bool `json:"allow_short_key,omitempty"`

	// The audience that new tokens get and that a token must name; of several, a
	// token must name one. Default: none, and aud is not checked
	Audience []string `json:"audience,omitempty"`

	// If true, a single audience is an array in new tokens, as with an AUDIENCE
	// that is a list of one.
	AudienceList bool `json:"audience_list,omitempty"`

	// The issuer that new tokens get and that a token must name. Default: none,
	// and iss is not checked
	Issuer string `json:"issuer,omitempty"`

	// How far exp, iat and nbf may be off, at most 10m. Default: 0
	Leeway caddy.Duration `json:"leeway,omitempty"`

	// How long an access token lives. Default: 5m
	AccessTokenLifetime caddy.Duration `json:"access_token_lifetime,omitempty"`

	// How long a rotated refresh token lives. Default: 24h
	RefreshTokenLifetime caddy.Duration `json:"refresh_token_lifetime,omitempty"`

	// If true, each refresh also returns a new refresh token.
	RotateRefreshTokens bool `json:"rotate_refresh_tokens,omitempty"`

	// If true, a refresh with `rotate_refresh_tokens` spends the presented token,
	// which therefore works once. The verify endpoint refuses revoked tokens, with
	// and without rotation. It implies the file store if none is named.
	BlacklistAfterRotation bool `json:"blacklist_after_rotation,omitempty"`

	// How long after a refresh token was spent a repeated request gets the same
	// successor, from 0s to 60s, in case the answer got lost or the request came
	// twice. Default: 0s, which is never
	ReuseGrace caddy.Duration `json:"reuse_grace,omitempty"`

	// How long after a refresh token was spent a client that lost the answer, and came
	// back after the grace, gets the same successor, if nobody has used that yet. It is
	// at most 30d and no longer than `refresh_token_lifetime`, needs `reuse_grace`, and
	// works once in 16 rotations of a session. Default: 0s, which is never
	LateRetry caddy.Duration `json:"late_retry,omitempty"`

	// If true, a spent refresh token that comes back after the grace ends its
	// session, since one of the two parties that have it may be a thief.
	ReuseDetection bool `json:"reuse_detection,omitempty"`

	// How long after the login a session ends, however often its tokens rotated.
	// Default: never
	SessionLifetime caddy.Duration `json:"session_lifetime,omitempty"`

	// The store of spent and revoked tokens. Default: the file store if
	// `blacklist_after_rotation` or `blacklist_path` need one, else none
	StoreRaw json.RawMessage `json:"store,omitempty" caddy:"namespace=http.token_refresh.stores inline_key=type"`

	// The column of the user table with the user id of tokens. For stores that see
	// users. Default: id
	UserIDField string `json:"user_id_field,omitempty"`

	// If false, inactive users may refresh. For stores that see users, and
	// SimpleJWT 5.4 and later. Default: true
	CheckUserIsActive *bool `json:"check_user_is_active,omitempty"`

	// SimpleJWT's CHECK_REVOKE_TOKEN. It has no effect here: Django checks the
	// claim where an access token is used, not on refresh.
	CheckRevokeToken bool `json:"check_revoke_token,omitempty"`

	// If true, the edge refuses a refresh token whose `revoke_token_claim` is not
	// the mark of its user's stored password: sessions end when the password
	// changes, or when Django hashes it anew at a login. Tokens without the claim
	// pass; Django writes it with CHECK_REVOKE_TOKEN, from SimpleJWT 5.3 on.
	// For stores that see users. Default: false
	EndSessionsOnPasswordChange bool `json:"end_sessions_on_password_change,omitempty"`

	// The claim with the mark of the user's password. Default: hash_password
	RevokeTokenClaim string `json:"revoke_token_claim,omitempty"`

	// The types of Authorization header that the API accepts. The
	// WWW-Authenticate header of a 401 names the first one. Default: Bearer
	AuthHeaderTypes []string `json:"auth_header_types,omitempty"`

	// The renderers of the backend's views (DEFAULT_RENDERER_CLASSES), by REST
	// framework's names for their formats: json and api, which is the browsable
	// API, or json alone. With json alone answers have no Vary: Accept, and a
	// client that accepts no JSON gets 406. Default: json api
	Renderers []string `json:"renderers,omitempty"`

	// The claim with the user's id. Default: user_id
	UserIDClaim string `json:"user_id_claim,omitempty"`

	// The claim with a token's type, or off for None in SIMPLE_JWT: then the edge
	// accepts every type, as SimpleJWT does. Default: token_type
	TokenTypeClaim string `json:"token_type_claim,omitempty"`

	// The claim with a token's id, or off for None in SIMPLE_JWT: then a token
	// needs none, as in SimpleJWT. A store identifies tokens by it. Default: jti
	JTIClaim string `json:"jti_claim,omitempty"`

	// The name under which the file and redis stores keep this handler's records:
	// handlers with the same store and name share them. It is also the `name`
	// label of the metrics, and the handler's name in the admin API. Default: none
	Name string `json:"name,omitempty"`

	// If true, this handler may share its store and a key with handlers of other
	// names. That is an error otherwise, since a token that was spent or revoked at
	// one is valid at the other.
	Separate bool `json:"separate,omitempty"`

	// The share of the sessions that the edge answers, in percent from 0 to 100. The
	// backend answers the rest, and the edge compares its answers with its own. The
	// user decides the side, so a session stays on it. Between 0 and 100 both sides
	// have to know the same spent tokens: use no store, or the django store.
	// Default: 100
	Rollout *float64 `json:"rollout,omitempty"`

	// Who words a refusal: the edge, or the backend if it refuses the request as
	// well. For backends with translations or an EXCEPTION_HANDLER, whose error
	// answers are not REST framework's own. Both sides have to know the same spent
	// tokens: use no store, or the django store. Default: edge
	Refusals string `json:"refusals,omitempty"`

	// The origins, besides the site's own, whose pages use the endpoints: CORS lets them
	// read answers, and their requests are ours for `cookies`. Write an origin as a
	// browser does: https://app.example.com, without a path. Default: none
	TrustedOrigins []string `json:"trusted_origins,omitempty"`

	// How browsers keep their tokens in cookies that no script can read. Default: none
	// does; tokens are in bodies
	Cookies *cookie.Settings `json:"cookies,omitempty"`

	// The settings of dj-rest-auth, as whose refresh view the refresh endpoint answers.
	// It is for no store or the django store: dj-rest-auth's own logout reaches no other.
	// `refresh_path` defaults to /dj-rest-auth/token/refresh. Default: the endpoint
	// answers as SimpleJWT's view
	DJRestAuth *djrestauth.Settings `json:"dj_rest_auth,omitempty"`

	// The view of the backend that says whether a user may go on, for edges whose store
	// sees no users: the edge asks it before each refresh. Default: it asks nobody
	UserCheck *usercheck.Settings `json:"user_check,omitempty"`

	// The size in bytes up to which the edge reads a request body; a larger one gets
	// status 413. Default: 65536
	MaxBody int64 `json:"max_body,omitempty"`

	site    *site.Site
	checked *check.Site     // nil until the handler is known to the command check
	ready   *readiness.Site // nil until the handler is known to the admin API
	release *release.Release
	store   *stores.Monitored  // nil for none
	member  *stores.Member     // nil until the handler has joined the others
	keySet  *keyset.Set        // nil for none
	users   *usercheck.Checker // nil for none
	logger  *zap.Logger

	// Seams for tests; Provision sets what is nil.
	now    func() time.Time
	newJTI func(dst []byte) []byte
}

// PreviousKey is a key that no longer signs, and whose tokens are still valid.
type PreviousKey struct {
	// The secret or the PEM that was the signing key, or the public half of
	// it. Write a placeholder.
	Key string `json:"key,omitempty"`

	// The algorithm of this key. Default: the handler's
	Algorithm string `json:"algorithm,omitempty"`
}

// CaddyModule returns the Caddy module information.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.token_refresh",
		New: func() caddy.Module { return new(Handler) },
	}
}

// ServeHTTP answers requests to the endpoints, and hands all others to next.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	return h.site.ServeHTTP(w, r, next)
}

// Cleanup gives back what Provision took. It may be called on a handler whose
// Provision failed half-way.
func (h *Handler) Cleanup() error {
	if h.site != nil {
		h.site.Close()
	}
	if h.member != nil {
		h.member.Leave()
	}
	if h.checked != nil {
		h.checked.Remove()
	}
	if h.ready != nil {
		h.ready.Remove()
	}
	if h.users != nil {
		h.users.Close()
	}
	if h.keySet == nil {
		return nil
	}
	set := h.keySet
	h.keySet = nil
	return set.GiveBack()
}

// spends reports whether a refresh token works once.
func (h *Handler) spends() bool { return h.BlacklistAfterRotation && h.RotateRefreshTokens }

// everybody is the rollout of an edge that answers for all sessions, in percent.
const everybody = 100

// rollout returns the share of the sessions that the edge answers, in percent.
func (h *Handler) rollout() float64 {
	if h.Rollout == nil {
		return everybody
	}
	return *h.Rollout
}

func (h *Handler) accessTokenLifetime() time.Duration {
	return cmp.Or(time.Duration(h.AccessTokenLifetime), simplejwt.DefaultAccessTokenLifetime)
}

func (h *Handler) refreshTokenLifetime() time.Duration {
	return cmp.Or(time.Duration(h.RefreshTokenLifetime), simplejwt.DefaultRefreshTokenLifetime)
}

// slidingLifetime returns how long after a login the last of its sliding tokens
// expires. It is 0 if this handler refreshes none.
func (h *Handler) slidingLifetime() time.Duration {
	if len(h.SlidingPath) == 0 || slices.Contains(h.SlidingPath, off) {
		return 0
	}
	return cmp.Or(time.Duration(h.SlidingTokenRefreshLifetime), simplejwt.DefaultSlidingRefreshLifetime) +
		cmp.Or(time.Duration(h.SlidingTokenLifetime), simplejwt.DefaultSlidingTokenLifetime)
}

// Interface guards
var (
	_ caddy.CleanerUpper          = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
)
