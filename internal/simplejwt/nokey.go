// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"regexp"
)

// What people write by mistake in place of a key. The whole value has to match, so a
// random secret does not.
var (
	aFile = regexp.MustCompile(`^@?(\.{1,2}/|~/|[A-Za-z]:\\|` +
		`/(app|certs|code|config|data|etc|home|keys|mnt|opt|private|root|run|secrets|srv|tmp|Users|usr|var|vault)/)[A-Za-z0-9._\\/-]+$` +
		`|^@?[A-Za-z0-9._/-]+\.(crt|env|json|jwk|key|pem|pub|secret|txt)$|^@/[A-Za-z0-9._/-]+$`)
	aVariable = regexp.MustCompile(`^(\$\{?[A-Za-z_][A-Za-z0-9_]*\}?|%[A-Z_][A-Z0-9_]*%|settings\.[A-Z_]+)$`)
	// A name in the brackets, or a quote or a comma, which keys of django-admin do not
	// have: one in 1200 of these looks like "z(...)".
	aCall = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*(\(([A-Za-z0-9_.]*|.*["',].*)\)|\[([A-Za-z0-9_.]*|.*["',].*)\])$`)
)

// CheckKeyValue refuses a value that names the place of a key instead of being the key,
// and a PEM that is wrapped in base64. Its errors wrap [ErrNoKey] and do not quote the
// value.
func CheckKeyValue(value []byte) error {
	value = bytes.TrimSpace(value)
	switch {
	case aFile.Match(value):
		return fmt.Errorf("%w: it is the name of a file: write {file.<path>} for what the file holds", ErrNoKey)
	case aVariable.Match(value), aCall.Match(value):
		return fmt.Errorf("%w: it is the name of a variable, or code that reads one: write {env.<NAME>}", ErrNoKey)
	}
	for _, decoded := range decodings(value) {
		if block, _ := pem.Decode(decoded); block != nil {
			return fmt.Errorf("%w: it is a PEM in base64: decode it with `base64 -d` into a file, and write {file.<path>}", ErrNoKey)
		}
	}
	return nil
}

// privateAlgorithm returns an algorithm for the private key that secret holds in
// PEM, or "".
func privateAlgorithm(secret []byte) string {
	for _, name := range []string{"RS256", "ES256", "ES384", "ES512", "EdDSA"} {
		if _, err := NewKey(name, secret, false); err == nil {
			return name
		}
	}
	return ""
}
