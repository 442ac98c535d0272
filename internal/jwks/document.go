// SPDX-License-Identifier: Apache-2.0

package jwks

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/MicahParks/jwkset"
)

// PublicKey is a key to publish.
type PublicKey struct {
	// Key is an *rsa.PublicKey, an *ecdsa.PublicKey or an ed25519.PublicKey.
	Key crypto.PublicKey

	// Algorithm becomes the alg member (RFC 7518 section 3.1).
	Algorithm string

	// KeyID becomes the kid member. Default: the key's [Thumbprint].
	KeyID string
}

// Document is a JWK Set to publish (RFC 7517 section 5). It is never changed,
// and it is an [http.Handler] for GET and HEAD.
type Document struct {
	body []byte
	etag string
}

// NewDocument renders keys, sorted by kid. The same keys in any order give the
// same bytes. A key that is given twice is written once, and without alg if
// the algorithms differ, since consumers take the first entry of a kid.
//
// It is an error if a key is not of a type that [PublicKey] names, if its algorithm
// does not fit it, or if two keys share a kid.
func NewDocument(keys ...PublicKey) (*Document, error) {
	set := jwkset.JWKSMarshal{Keys: []jwkset.JWKMarshal{}}
	for _, key := range keys {
		m, err := render(key)
		if err != nil {
			return nil, err
		}
		set.Keys = append(set.Keys, m)
	}
	slices.SortFunc(set.Keys, func(a, b jwkset.JWKMarshal) int {
		return cmp.Or(cmp.Compare(a.KID, b.KID), cmp.Compare(a.ALG, b.ALG))
	})
	unique := set.Keys[:0]
	for _, m := range set.Keys {
		if n := len(unique); n == 0 || unique[n-1].KID != m.KID {
			unique = append(unique, m)
			continue
		}
		last := &unique[len(unique)-1]
		if last.X != m.X || last.Y != m.Y || last.N != m.N || last.E != m.E {
			return nil, fmt.Errorf("two keys have the key id %q: give one of them another", m.KID)
		}
		if last.ALG != m.ALG {
			last.ALG = ""
		}
	}
	set.Keys = unique
	body, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("rendering a JWK set: %w", err)
	}
	sum := sha256.Sum256(body)
	return &Document{body: body, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:]) + `"`}, nil
}

// JSON returns the bytes of the set. They must not be changed.
func (d *Document) JSON() []byte { return d.body }

// ServeHTTP answers GET and HEAD, with 304 if the client has the set already (RFC
// 9110 section 13.1.2). Other methods get 405.
func (d *Document) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	header.Set("Content-Type", "application/jwk-set+json") // RFC 7517 section 8.5.2
	header.Set("Cache-Control", "public, max-age=300")
	header.Set("ETag", d.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(d.body))
}
