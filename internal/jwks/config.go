// SPDX-License-Identifier: Apache-2.0

package jwks

import (
	"crypto"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"go.uber.org/zap"
)

// Limits of a set. Real sets have some kilobytes and fewer than ten keys.
const (
	maxBody  = 1 << 20 // bytes
	maxKeys  = 100
	maxKeyID = 255 // bytes
)

// Defaults of [Config].
const (
	DefaultLifespan = 5 * time.Minute // PyJWKClient's lifespan
	DefaultMaxStale = 24 * time.Hour
	DefaultCooldown = 10 * time.Second
	DefaultTimeout  = 5 * time.Second
	DefaultWait     = 2 * time.Second
)

// Config says where the set is and how it is used. URL, Algorithm and NewKey
// are required; K is what the caller verifies with.
type Config[K any] struct {
	// URL of the set, http or https: SimpleJWT's JWK_URL. Its user, password
	// and query go to its host alone, and never into a log.
	URL string

	// HidePath keeps the path of the URL out of logs, too, since it may be a
	// secret.
	HidePath bool

	// Algorithm is the one that the keys are used for (RFC 7518 section 3.1):
	// RS, PS or ES with 256, 384 or 512, or EdDSA. Keys that do not fit it are
	// ignored.
	Algorithm string

	// NoRedirects: a fetch fails if the URL redirects.
	NoRedirects bool

	// NewKey turns a public key into one that verifies by Algorithm. A key that it
	// refuses is ignored. pub is an *rsa.PublicKey, an *ecdsa.PublicKey or an
	// ed25519.PublicKey, depending on Algorithm.
	NewKey func(algorithm string, pub crypto.PublicKey) (K, error)

	// Lifespan is how long a set counts as current. From half of it on a call of
	// Key refreshes the set in the background. Default: DefaultLifespan.
	Lifespan time.Duration

	// MaxStale is the age up to which keys are used while the endpoint fails.
	// Default: DefaultMaxStale.
	MaxStale time.Duration

	// Cooldown is the least time from the start of one fetch to the start of
	// the next, whatever tokens ask for. Default: DefaultCooldown.
	Cooldown time.Duration

	// Timeout bounds a fetch with its redirects and its body. Default:
	// DefaultTimeout.
	Timeout time.Duration

	// Wait is how long a call of Key waits for a fetch. Default: DefaultWait.
	Wait time.Duration

	// Logger returns the logger of failed fetches (Error, once a fetch) and of what
	// is wrong with a set that changed. It is called each time, since a Remote may
	// outlive the logger that it began with. Default: none.
	Logger func() *zap.Logger

	// Transport makes the requests. Default: one without proxy, without
	// connections that stay open, and without compression.
	Transport http.RoundTripper

	// OnFetch, if set, is called after each fetch with its result and duration. It
	// must not block.
	OnFetch func(Result, time.Duration)

	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

func (c *Config[K]) setDefaults() {
	setDefault(&c.Lifespan, DefaultLifespan)
	setDefault(&c.MaxStale, DefaultMaxStale)
	setDefault(&c.Cooldown, DefaultCooldown)
	setDefault(&c.Timeout, DefaultTimeout)
	setDefault(&c.Wait, DefaultWait)
	if c.Logger == nil {
		c.Logger = zap.NewNop
	}
	if c.Now == nil {
		c.Now = time.Now
	}
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d <= 0 {
		*d = value
	}
}

// parseURL takes only http and https: PyJWKClient's urllib would read file: and
// ftp: as well. Its errors do not quote the URL, since the errors of url.Parse may
// quote a part of the password.
func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("not a URL: write https://host/path, with %XX for what is special in a user or a password")
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("the URL of a JWK set begins with neither https:// nor http://: write https://host/path")
	}
	if u.Hostname() == "" {
		return nil, fmt.Errorf("the URL of a JWK set has no host: write https://host/path")
	}
	return u, nil
}

// loopback reports whether host names this machine, without a DNS lookup.
func loopback(host string) bool {
	if host = strings.ToLower(host); host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
