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
	"github.com/caddyrefresh/caddyrefresh/internal/keyset"
	_ "github.com/caddyrefresh/caddyrefresh/internal/operate" // the admin API and the commands
	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
	"github.com/caddyrefresh/caddyrefresh/internal/site"
	"github.com/caddyrefresh/caddyrefresh/internal/stores"
)

// Handler answers POST requests to a token refresh endpoint in place of the
// Django backend behind it: it validates the refresh token with the configured
// key and issues a new access token, as djangorestframework-simplejwt does with
// the SIMPLE_JWT settings of the same names. All other requests go to the next
// handler untouched.
//
// Once a request was answered these placeholders are set:
//
// Placeholder | Description
// ------------|-------------
// `{http.token_refresh.outcome}` | What became of the request: `issued`, `rotated`, `replayed`, `verified`, `revoked`, `bad_request`, `invalid`, `expired`, `wrong_type`, `blacklisted`, `straggler`, `reused`, `user_refused` or `store_error`
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

	// The release of PyJWT that is installed beside it, from 2.4 on, such as
	// 2.15 or 2.15.1. Default: the newest that this edge knows
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

	// The paths of the verify endpoint, likewise. SimpleJWT's own is
	// /api/token/verify. Default: off
	VerifyPath []string `json:"verify_path,omitempty"`

	// The paths of the blacklist endpoint, likewise: the one to log out at.
	// Default: /api/token/blacklist with a store of our own, off without one
	// and off with the django store, since Django has that endpoint then
	BlacklistPath []string `json:"blacklist_path,omitempty"`

	// The paths of the endpoint that refreshes sliding tokens, likewise: that of
	// TokenRefreshSlidingView. Default: off
	SlidingPath []string `json:"sliding_path,omitempty"`

	// How long a sliding token lives once it is refreshed. Default: 5m
	SlidingTokenLifetime caddy.Duration `json:"sliding_token_lifetime,omitempty"`

	// How long a sliding token can be refreshed after the login. A login writes
	// that into the token, where the edge reads it. Here the setting bounds how long
	// a store remembers that a user was logged out everywhere. Default: 1d
	SlidingTokenRefreshLifetime caddy.Duration `json:"sliding_token_refresh_lifetime,omitempty"`

	// The claim that says until when a sliding token can be refreshed. Default:
	// refresh_exp
	SlidingTokenRefreshExpClaim string `json:"sliding_token_refresh_exp_claim,omitempty"`

	// The algorithm of the keys: HS, RS, PS or ES with 256, 384 or 512, or
	// EdDSA. Default: HS256
	Algorithm string `json:"algorithm,omitempty"`

	// The secret, or the private key in PEM, that tokens are signed with, the
	// value of Django's SIGNING_KEY. Write a placeholder such as
	// `{env.DJANGO_SECRET_KEY}` or `{file./run/secrets/jwt}`, so that the
	// secret stays out of the configuration. Required.
	SigningKey string `json:"signing_key,omitempty"`

	// The public key or the certificate, in PEM, that tokens are verified with.
	// It has to be the public half of the signing key, which is the default.
	VerifyingKey string `json:"verifying_key,omitempty"`

	// The URL of a JWK Set. Where it is given tokens are verified with the key
	// of the set that their `kid` names, in place of the verifying key.
	// Nothing is fetched before a token asks for it. Write placeholders for
	// credentials, such as `https://{env.USER}:{env.PASSWORD}@host/path`.
	JWKURL string `json:"jwk_url,omitempty"`

	// Keys that tokens may still be signed with. They verify and never sign:
	// the way to change keys without logging anyone out.
	PreviousKey []PreviousKey `json:"previous_key,omitempty"`

	// The `kid` in the header of the tokens that are signed here. Default:
	// none, as in SimpleJWT
	KeyID string `json:"key_id,omitempty"`

	// Paths where GET and HEAD requests find the public halves of the signing
	// key and the previous keys as a JWK Set. Default: off
	JWKSPath []string `json:"jwks_path,omitempty"`

	// If true, a secret that is shorter than its hash (RFC 7518 section 3.2) is
	// warned of instead of refused.
	AllowShortKey bool `json:"allow_short_key,omitempty"`

	// The audience that a token must name and that new tokens get; of several,
	// a token must name one. Default: none, and aud is not looked at
	Audience []string `json:"audience,omitempty"`

	// If true, a single audience is an array of one in new tokens, as where
	// AUDIENCE is a list of one.
	AudienceList bool `json:"audience_list,omitempty"`

	// The issuer that a token must name and that new tokens get. Default: none,
	// and iss is not looked at
	Issuer string `json:"issuer,omitempty"`

	// How far a token's times may be off, at most 10m. Default: 0
	Leeway caddy.Duration `json:"leeway,omitempty"`

	// How long an access token lives. Default: 5m
	AccessTokenLifetime caddy.Duration `json:"access_token_lifetime,omitempty"`

	// How long a rotated refresh token lives. Default: 24h
	RefreshTokenLifetime caddy.Duration `json:"refresh_token_lifetime,omitempty"`

	// If true, each answer also has a new refresh token.
	RotateRefreshTokens bool `json:"rotate_refresh_tokens,omitempty"`

	// If true and with `rotate_refresh_tokens`, a refresh token can be used once:
	// refreshing spends it. Verifying looks for revoked tokens by it, with and
	// without rotation. It implies the file store where none is named.
	BlacklistAfterRotation bool `json:"blacklist_after_rotation,omitempty"`

	// How long after a refresh token was spent a repeat is answered with the
	// same successor, from 0s to 60s: for answers that got lost and for
	// requests that came twice. Default: 0s, which is never
	ReuseGrace caddy.Duration `json:"reuse_grace,omitempty"`

	// If true, a spent refresh token that is shown again after the grace ends
	// its session, since one of the two who have it is a thief.
	ReuseDetection bool `json:"reuse_detection,omitempty"`

	// How long after the login a session ends, however often its tokens
	// rotated. Default: never
	SessionLifetime caddy.Duration `json:"session_lifetime,omitempty"`

	// Where spent and revoked tokens are remembered. Default: the file store
	// where `blacklist_after_rotation` or `blacklist_path` need one, else none
	StoreRaw json.RawMessage `json:"store,omitempty" caddy:"namespace=http.token_refresh.stores inline_key=type"`

	// The column of the user table that the user id is looked up in. For
	// stores that see users. Default: id
	UserIDField string `json:"user_id_field,omitempty"`

	// If false, inactive users may refresh. For stores that see users, and
	// SimpleJWT 5.4 and later. Default: true
	CheckUserIsActive *bool `json:"check_user_is_active,omitempty"`

	// SimpleJWT's CHECK_REVOKE_TOKEN, which has no effect here: Django looks at
	// the claim where an access token is used, and not when one is refreshed.
	CheckRevokeToken bool `json:"check_revoke_token,omitempty"`

	// If true, a refresh token is refused whose `revoke_token_claim` is not the
	// mark of its user's stored password: sessions end when the password
	// changes, or when Django hashes it anew at a login. Tokens without the claim
	// go on; Django writes it with CHECK_REVOKE_TOKEN, from SimpleJWT 5.3 on.
	// For stores that see users. Default: false
	EndSessionsOnPasswordChange bool `json:"end_sessions_on_password_change,omitempty"`

	// The claim with the mark of the user's password. Default: hash_password
	RevokeTokenClaim string `json:"revoke_token_claim,omitempty"`

	// The types of Authorization header that the API takes. The first one is
	// named in the WWW-Authenticate header of a 401. Default: Bearer
	AuthHeaderTypes []string `json:"auth_header_types,omitempty"`

	// The renderers of the backend's views, by the names that REST framework has
	// for their formats (DEFAULT_RENDERER_CLASSES): json and api, which is the
	// browsable API, or json alone. With json alone answers have no Vary: Accept,
	// and a client that accepts no JSON gets 406. Default: json api
	Renderers []string `json:"renderers,omitempty"`

	// The claim that holds the user's id. Default: user_id
	UserIDClaim string `json:"user_id_claim,omitempty"`

	// The claim that tells a token's type, or off where SIMPLE_JWT has None: then
	// every type will do, as in SimpleJWT. Default: token_type
	TokenTypeClaim string `json:"token_type_claim,omitempty"`

	// The claim that holds a token's id, or off where SIMPLE_JWT has None: then a
	// token needs none, as in SimpleJWT. A store knows tokens by it. Default: jti
	JTIClaim string `json:"jti_claim,omitempty"`

	// What the file and redis stores keep this handler's records under: handlers
	// with the same store and name see one truth. It is also the `name` label of
	// the metrics, and names the handler to the admin API. Default: none
	Name string `json:"name,omitempty"`

	// If true, this handler may share its store and a key with handlers of other
	// names, which is refused otherwise: a token that was spent or revoked at one
	// is good at the other.
	Separate bool `json:"separate,omitempty"`

	// The share of the sessions that is answered here, in percent from 0 to 100. The
	// backend answers the rest, and its answers are compared with what the edge
	// would have said. A session stays on its side: its user decides. Between 0 and
	// 100 the backend and the edge need one truth about what is spent: no store, or
	// the django store. Default: 100
	Rollout *float64 `json:"rollout,omitempty"`

	// Who words a refusal: the edge, or the backend where it refuses the request as
	// well. For backends whose error answers are not REST framework's own, since they
	// are translated or made by an EXCEPTION_HANDLER. The backend and the edge need
	// one truth about what is spent: no store, or the django store. Default: edge
	Refusals string `json:"refusals,omitempty"`

	// The size in bytes up to which a request body is read; a larger one is
	// answered with status 413. Default: 65536
	MaxBody int64 `json:"max_body,omitempty"`

	site    *site.Site
	checked *check.Site // nil until the handler is known to the command check
	release *release.Release
	store   *stores.Monitored // nil for none
	member  *stores.Member    // nil until the handler has joined the others
	keySet  *keyset.Set       // nil for none
	logger  *zap.Logger

	// Seams for tests; Provision sets what is nil.
	now    func() time.Time
	newJTI func(dst []byte) []byte
}

// PreviousKey is a key that signs no more and whose tokens are still good.
type PreviousKey struct {
	// The secret or the PEM that was the signing key, or the public half of
	// it. Write a placeholder.
	Key string `json:"key,omitempty"`

	// The algorithm of the key, and of it alone. Default: the handler's
	Algorithm string `json:"algorithm,omitempty"`
}

// CaddyModule returns the Caddy module information.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.token_refresh",
		New: func() caddy.Module { return new(Handler) },
	}
}

// ServeHTTP answers what is ours and hands everything else to next.
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

// rollout returns the share of the sessions that is answered here, in percent.
func (h *Handler) rollout() float64 {
	if h.Rollout == nil {
		return everybody
	}
	return *h.Rollout
}

func (h *Handler) refreshTokenLifetime() time.Duration {
	return cmp.Or(time.Duration(h.RefreshTokenLifetime), simplejwt.DefaultRefreshTokenLifetime)
}

// slidingLifetime returns how long a login lives on in sliding tokens: a jti is good
// until the last of them has expired. It is 0 where none are refreshed here.
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
