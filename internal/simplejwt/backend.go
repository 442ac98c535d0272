// SPDX-License-Identifier: Apache-2.0

// Package simplejwt reads and writes tokens as djangorestframework-simplejwt
// does: a strict parser for JWS in compact serialization, claims that keep
// their order and their bytes, SimpleJWT's checks in SimpleJWT's order, and
// tokens that are byte for byte those that Django would have minted. It knows
// nothing of HTTP.
package simplejwt

import (
	"context"
	"fmt"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// Config holds the settings of SIMPLE_JWT, and those that only the edge has. Release,
// SigningKey and UserIDClaim are required.
type Config struct {
	Release    *release.Release
	SigningKey *Key // ALGORITHM and SIGNING_KEY

	VerifyingKey *Key   // VERIFYING_KEY: default is the public half of SigningKey
	KeySet       KeySet // JWK_URL: replaces VerifyingKey
	PreviousKeys []*Key // verify too, each by its own algorithm, and sign nothing
	KeyID        string // kid in the header of what is signed; default none, as SimpleJWT

	Audience     []string      // AUDIENCE: empty for none
	AudienceList bool          // AUDIENCE is a list, also where it names one
	Issuer       string        // ISSUER: empty for none
	Leeway       time.Duration // LEEWAY

	AccessTokenLifetime  time.Duration // ACCESS_TOKEN_LIFETIME
	RefreshTokenLifetime time.Duration // REFRESH_TOKEN_LIFETIME
	RotateRefreshTokens  bool          // ROTATE_REFRESH_TOKENS

	SlidingTokenLifetime        time.Duration // SLIDING_TOKEN_LIFETIME
	SlidingTokenRefreshExpClaim string        // SLIDING_TOKEN_REFRESH_EXP_CLAIM

	UserIDClaim    string // USER_ID_CLAIM
	TokenTypeClaim string // TOKEN_TYPE_CLAIM: empty for None
	JTIClaim       string // JTI_CLAIM: empty for None

	// Store remembers what was spent and revoked, for all sites of StoreName. Without
	// one, only the token itself is checked.
	Store     store.Store
	StoreName string

	// StoreAhead says how far the store's clock is ahead of ours, or 0 if the
	// difference is tolerated. New refresh tokens get their iat by the store's clock,
	// since cut-offs use that clock. Default: always 0
	StoreAhead func() time.Duration

	BlacklistAfterRotation bool          // BLACKLIST_AFTER_ROTATION: rotating spends, verifying asks the store
	ReuseGrace             time.Duration // within which a repeat gets the same successor
	LateRetry              time.Duration // within which a lost answer may be asked for after the grace
	ReuseDetection         bool          // reuse after the grace ends the session
	SessionLifetime        time.Duration // 0 for no end

	// What a store that sees users checks.
	CheckUserIsActive           bool   // CHECK_USER_IS_ACTIVE
	EndSessionsOnPasswordChange bool   // RevokeTokenClaim, if a token has it, must match the password
	RevokeTokenClaim            string // REVOKE_TOKEN_CLAIM

	// UserCheck says whether users may go on, for stores that see none. Default: nothing
	// does
	UserCheck UserCheck

	// NewJTI appends a fresh jti to dst: the text of a JSON string that needs
	// no escapes. Default: AppendJTI.
	NewJTI func(dst []byte) []byte
}

// Backend does the jobs of SimpleJWT's endpoints. It is safe for concurrent
// use.
type Backend struct {
	release         *release.Release
	signingKey      *Key
	ring            ring
	names           names
	audience        []string
	issuer          string
	leeway          time.Duration
	accessLifetime  time.Duration
	refreshLifetime time.Duration
	rotate          bool

	slidingLifetime        time.Duration
	slidingRefreshExpClaim string

	userCheck UserCheck // nil for none
	newJTI    func(dst []byte) []byte
	sessions

	// What is the same in every token is encoded once.
	headerSegment string // the header that we write
	accessStart   string // of the access token's payload, up to the value of exp
	jtiFirst      bool   // neither the token type nor the jti has a name: they share the key None, and the jti is later
	jtiMember     string // from the comma to the opening quote of the value
	audienceValue []byte
	issuerValue   []byte
}

// New makes a backend. The caller must have checked the configuration. New itself checks
// only that the keys go together: errors about that wrap [ErrKeyPair] or [ErrAlgorithm].
func New(c *Config) (*Backend, error) {
	if c.Release == nil || c.SigningKey == nil || c.SigningKey.sign == nil {
		return nil, fmt.Errorf("a release and a key that signs are required")
	}
	keys, err := newRing(c)
	if err != nil {
		return nil, err
	}
	b := &Backend{
		release:         c.Release,
		signingKey:      c.SigningKey,
		ring:            keys,
		names:           newNames(c),
		audience:        c.Audience,
		issuer:          c.Issuer,
		leeway:          c.Leeway,
		accessLifetime:  c.AccessTokenLifetime,
		refreshLifetime: c.RefreshTokenLifetime,
		rotate:          c.RotateRefreshTokens,

		slidingLifetime:        c.SlidingTokenLifetime,
		slidingRefreshExpClaim: c.SlidingTokenRefreshExpClaim,

		userCheck:     c.UserCheck,
		newJTI:        c.NewJTI,
		sessions:      newSessions(c),
		audienceValue: encodeAudience(c.Audience, c.AudienceList),
	}
	if b.newJTI == nil {
		b.newJTI = AppendJTI
	}
	if c.Issuer != "" {
		b.issuerValue = pyjson.AppendQuote(nil, c.Issuer)
	}
	b.headerSegment = writeHeader(c.SigningKey.algorithm, c.KeyID, c.Release.PyJWT.TypeFirst)
	b.accessStart = `{` + writtenName(c.TokenTypeClaim) + `:"` + accessType + `","exp":`
	b.jtiFirst = c.TokenTypeClaim == "" && c.JTIClaim == ""
	b.jtiMember = `,` + writtenName(c.JTIClaim) + `:"`
	return b, nil
}

// Pair is what a refresh gives: tokens in compact serialization. Refresh is
// empty unless refresh tokens rotate. Both alias the scratch they were made in.
type Pair struct {
	Access, Refresh []byte

	// When the tokens expire, in seconds since 1970.
	AccessExpires, RefreshExpires int64

	// Replayed says that Refresh is the token that an earlier request got.
	Replayed bool

	// Late says, beside Replayed, that the grace was over: see [store.Answer].
	Late bool

	// ForeignSessionStart says that the token has a claim named session_start
	// that is not ours, so that its session has no end.
	ForeignSessionStart bool
}

// Refresh makes an access token of a refresh token, and a new refresh token if these
// rotate (serializers.py, TokenRefreshSerializer). The context is for a [KeySet] that
// has to fetch; Refresh waits for the store even if the client has gone. Its errors are
// this package's errors about tokens, one that wraps [ErrUnavailable], or one from
// signing. A user who is refused spends no token.
func (b *Backend) Refresh(ctx context.Context, s *Scratch, token []byte, now time.Time) (Pair, error) {
	if err := b.verify(ctx, s, token, now, refreshType); err != nil {
		return Pair{}, b.blacklistedBefore(ctx, s, err)
	}
	if !b.encodable(&s.claims) {
		return Pair{}, b.refuseUnencodable(ctx, s)
	}
	st, err := b.stamp(&s.claims, now)
	if err != nil {
		return Pair{}, err
	}
	if err := b.checkUser(ctx, &s.claims); err != nil {
		return Pair{}, b.blacklistedBefore(ctx, s, err)
	}
	switch {
	case b.store == nil:
		return b.mint(s, &st)
	case b.spends:
		return b.spend(ctx, s, token, &st)
	default:
		if err := b.checkStore(ctx, s, b.userChecks(&s.claims)); err != nil {
			return Pair{}, err
		}
		return b.mint(s, &st)
	}
}

// mint makes the tokens.
func (b *Backend) mint(s *Scratch, st *stamp) (Pair, error) {
	pair := Pair{ForeignSessionStart: st.foreignStart, AccessExpires: st.accessExp, RefreshExpires: st.refreshExp}
	var err error
	s.payload = b.appendAccess(s.payload[:0], &s.claims, st)
	if s.access, err = b.appendToken(s.access[:0], s.payload); err != nil {
		return Pair{}, fmt.Errorf("signing an access token: %w", err)
	}
	pair.Access = s.access
	if b.rotate {
		if err := b.mintRefresh(s, st); err != nil {
			return Pair{}, err
		}
		pair.Refresh = s.refresh
	}
	return pair, nil
}

func (b *Backend) mintRefresh(s *Scratch, st *stamp) (err error) {
	s.payload = b.appendRotated(s.payload[:0], &s.claims, st)
	if s.refresh, err = b.appendToken(s.refresh[:0], s.payload); err != nil {
		return fmt.Errorf("signing a refresh token: %w", err)
	}
	return nil
}

// Verify checks a token of any type (serializers.py, TokenVerifySerializer).
// BLACKLIST_AFTER_ROTATION alone decides whether it looks for the token in the
// blacklist, not whether refresh tokens rotate. Its errors are this package's errors
// about tokens, or one that wraps [ErrUnavailable].
func (b *Backend) Verify(ctx context.Context, s *Scratch, token []byte, now time.Time) error {
	if err := b.verify(ctx, s, token, now, ""); err != nil {
		return err
	}
	if b.store == nil || !b.verifyLooks {
		return nil
	}
	return b.checkStore(ctx, s, store.UserChecks{})
}

// verify parses token into s and makes all the checks. It reads the payload only after
// the signature was found good.
func (b *Backend) verify(ctx context.Context, s *Scratch, token []byte, now time.Time, wantType string) error {
	s.claims = claims{all: s.claims.all[:0]}
	c, ok := splitCompact(token)
	if !ok {
		return errStricter
	}
	if err := b.ring.authenticate(ctx, s, &c); err != nil {
		return err
	}
	if s.decoded, ok = appendDecoded(s.decoded[:0], c.payload); !ok {
		return errStricter
	}
	if !s.claims.parse(s.decoded, &b.names) {
		return unreadable(s.decoded)
	}
	if err := b.checkRegistered(&s.claims, now); err != nil {
		return err
	}
	if b.store != nil && wantType != "" && wantType != accessType && !storable(s.claims.jti) {
		return errStricter // Django looks the jti up here, or crashes
	}
	return b.checkToken(&s.claims, now, wantType)
}
