// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Diff says in which way got is not the answer want, or "". Where the algorithm
// gives another signature each time, ES256 and PS256, both tokens' signatures
// have to hold, and the rest of the tokens has to be the same.
func (p *RecordedProfile) Diff(want, got Answer) (string, error) {
	var settings struct {
		Algorithm string `json:"ALGORITHM"`
		Key       string `json:"SIGNING_KEY"`
	}
	if err := json.Unmarshal(p.SimpleJWT, &settings); err != nil {
		return "", err
	}
	if settings.Algorithm != "ES256" && settings.Algorithm != "PS256" {
		return want.Diff(&got), nil
	}
	signer := Profile{Algorithm: settings.Algorithm, Key: settings.Key}
	for _, a := range []*Answer{&want, &got} {
		for i, token := range tokens(*a) {
			if !signer.Holds(token) {
				return fmt.Sprintf("the signature of token %d of the answer does not hold: %s", i, token), nil
			}
			unsigned := token[:strings.LastIndexByte(token, '.')+1]
			a.Body = strings.Replace(a.Body, token, unsigned+"<signature>", 1)
		}
	}
	return want.Diff(&got), nil
}
