// SPDX-License-Identifier: Apache-2.0

package jwks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// parse reads a JWK Set (RFC 7517 section 5). It ignores and logs an entry that it
// cannot use, as that section and PyJWKSet do, since sets hold keys for other
// purposes, too.
//
// The first entry of a kid counts, as in PyJWKClient.match_kid, even if it cannot be
// used here: a later one could verify a token that Django refuses.
func (r *Remote[K]) parse(body []byte) (map[string]K, error) {
	entries, err := splitSet(body)
	if err != nil {
		return nil, err
	}
	var (
		keys    = make(map[string]K, len(entries))
		taken   = make(map[string]bool, len(entries))
		ignored ignoredEntries
	)
	for i, raw := range entries {
		e := entry{index: i}
		key, err := func() (key K, err error) {
			if err := e.parse(raw); err != nil {
				return key, err
			}
			if taken[e.kid] {
				return key, errTaken
			}
			taken[e.kid] = true
			pub, err := e.publicKey(r.config.Algorithm)
			if err != nil {
				return key, err
			}
			return r.config.NewKey(r.config.Algorithm, pub)
		}()
		if err != nil {
			e.reason = err
			ignored = append(ignored, e)
			continue
		}
		keys[e.kid] = key
	}
	r.report(len(keys), ignored)
	return keys, nil
}

var errTaken = errors.New("another entry with this kid comes first")

// splitSet returns the entries of a set, not parsed yet. It decodes into a map, since
// encoding/json ignores the case of names in structs.
func splitSet(body []byte) ([]json.RawMessage, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, fmt.Errorf("its body is not a JSON object: %w", err)
	}
	var entries []json.RawMessage
	if raw := members["keys"]; !bytes.HasPrefix(raw, []byte("[")) || json.Unmarshal(raw, &entries) != nil {
		return nil, errors.New(`its body is not a JWK set: there is no array of "keys"`)
	}
	if len(entries) > maxKeys {
		return nil, fmt.Errorf("it has %d keys and at most %d are read", len(entries), maxKeys)
	}
	return entries, nil
}

// report logs what is wrong with a new set.
func (r *Remote[K]) report(usable int, ignored ignoredEntries) {
	if usable == 0 {
		r.logger().Warn("the JWK set has no usable key, so every token is refused",
			zap.String("algorithm", r.config.Algorithm), zap.Array("ignored", ignored))
		return
	}
	var others ignoredEntries
	for _, e := range ignored {
		if e.secret {
			r.logger().Warn("the JWK set publishes a secret key, which is ignored: "+
				"remove it from the set and never use it again", zap.Object("key", e))
			continue
		}
		others = append(others, e)
	}
	if len(others) > 0 {
		r.logger().Info("keys of the JWK set are ignored", zap.Array("ignored", others))
	}
}

type ignoredEntries []entry

// MarshalLogArray implements zapcore.ArrayMarshaler.
func (all ignoredEntries) MarshalLogArray(enc zapcore.ArrayEncoder) error {
	for _, e := range all {
		if err := enc.AppendObject(e); err != nil {
			return err
		}
	}
	return nil
}
