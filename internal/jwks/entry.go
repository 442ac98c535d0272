// SPDX-License-Identifier: Apache-2.0

package jwks

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/MicahParks/jwkset"
	"go.uber.org/zap/zapcore"
)

// entry is one member of a set's "keys".
type entry struct {
	index   int
	kid     string
	secret  bool // it has key material that should not be public
	members map[string]json.RawMessage
	reason  error // why it is ignored
}

// MarshalLogObject implements zapcore.ObjectMarshaler.
func (e entry) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddInt("index", e.index)
	enc.AddString("kid", e.kid)
	enc.AddString("reason", e.reason.Error())
	return nil
}

// secretMembers are those of private and symmetric keys (RFC 7518 sections
// 6.2.2, 6.3.2 and 6.4, RFC 8037 section 2).
var secretMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// parse reads the members that say what an entry is for. An error means that
// PyJWKClient would ignore the entry, too.
func (e *entry) parse(raw json.RawMessage) error {
	if json.Unmarshal(raw, &e.members) != nil || e.members == nil {
		return errors.New("it is not a JSON object")
	}
	e.secret = slices.ContainsFunc(secretMembers, e.has)
	kid, err := e.text("kid")
	switch {
	case err != nil:
		return err
	case kid == "":
		return errors.New("it has no kid")
	case len(kid) > maxKeyID:
		return fmt.Errorf("its kid has more than %d bytes", maxKeyID)
	}
	e.kid = kid
	if use, err := e.text("use"); err != nil || use != "sig" && e.has("use") {
		return errors.New("its use is not sig") // RFC 7517 section 4.2
	}
	return nil
}

// publicKey reads the key, if it fits algorithm.
func (e *entry) publicKey(algorithm string) (crypto.PublicKey, error) {
	shape := shapes[algorithm]
	var m jwkset.JWKMarshal
	var alg string
	for name, value := range map[string]*string{
		"kty": (*string)(&m.KTY), "alg": &alg, "crv": (*string)(&m.CRV), "x": &m.X, "y": &m.Y, "n": &m.N, "e": &m.E,
	} {
		var err error
		if *value, err = e.text(name); err != nil {
			return nil, err
		}
	}
	switch {
	case m.KTY == jwkset.KtyOct:
		return nil, errors.New("it is a symmetric key (oct)")
	case e.secret:
		return nil, errors.New("it has members of a private key")
	case alg != algorithm && e.has("alg"):
		return nil, fmt.Errorf("its alg is not %s", algorithm)
	case !e.verifies():
		return nil, errors.New("its key_ops do not hold verify")
	case m.KTY != shape.kty || m.CRV != shape.crv:
		return nil, fmt.Errorf("its kty or crv does not fit %s", algorithm)
	case !fixed(m.X, shape.coordinate) || m.KTY == jwkset.KtyEC && !fixed(m.Y, shape.coordinate):
		return nil, errors.New("its coordinates do not have the length of the curve's") // RFC 7518 section 6.2.1.2
	}
	// m holds the key's numbers only. Given x5c or x5u, jwkset would read
	// certificates and could make requests.
	jwk, err := jwkset.NewJWKFromMarshal(m, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
	if err != nil {
		return nil, err
	}
	if pub, ok := jwk.Key().(*rsa.PublicKey); ok {
		return pub, checkRSA(pub)
	}
	return jwk.Key(), nil
}

// verifies looks at key_ops (RFC 7517 section 4.3).
func (e *entry) verifies() bool {
	if !e.has("key_ops") {
		return true
	}
	var operations []string
	return json.Unmarshal(e.members["key_ops"], &operations) == nil && slices.Contains(operations, "verify")
}

// has reports whether there is a member of that name. As in PyJWK (dict.get), null
// counts as none.
func (e *entry) has(name string) bool {
	raw, ok := e.members[name]
	return ok && !bytes.Equal(raw, []byte("null"))
}

// text returns a member that must be a string if it is there, "" if not.
func (e *entry) text(name string) (s string, err error) {
	if e.has(name) && json.Unmarshal(e.members[name], &s) != nil {
		return "", fmt.Errorf("its %s is not a string", name)
	}
	return s, nil
}

// fixed reports whether s is the base64url of n bytes. It may have padding, which RFC
// 7515 section 2 forbids, since real sets have it and PyJWT takes it.
func fixed(s string, n int) bool {
	return n == 0 || len(strings.TrimRight(s, "=")) == (n*8+5)/6
}
