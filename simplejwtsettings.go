// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"fmt"
	"strings"
)

// noPlaceHere holds the settings of SIMPLE_JWT that cannot be subdirectives, and
// why (settings.py of SimpleJWT 5.2 to 5.5).
var noPlaceHere = map[string]string{
	"update_last_login":                noEffect,
	"auth_header_name":                 noEffect,
	"token_user_class":                 noEffect,
	"auth_token_classes":               noEffect,
	"on_login_success":                 noEffect,
	"on_login_failed":                  noEffect,
	"token_obtain_serializer":          noEffect,
	"sliding_token_obtain_serializer":  noEffect,
	"sliding_token_refresh_serializer": noEffect,
	"sliding_token_refresh_exp_claim":  noEffect,
	"sliding_token_lifetime":           noEffect,
	"sliding_token_refresh_lifetime":   noEffect,
	"json_encoder":                     runsPython,
	"user_authentication_rule":         runsPython,
	"token_refresh_serializer":         runsPython,
	"token_verify_serializer":          runsPython,
	"token_blacklist_serializer":       runsPython,
}

const (
	noEffect   = "has no effect on refresh: delete the line"
	runsPython = "runs Python: leave this endpoint to Django"
)

// unknownSubdirective says what is wrong with a name that the grammar does not
// have. Names are taken as SIMPLE_JWT writes them, too.
func unknownSubdirective(name string) string {
	lower := strings.ToLower(name)
	if why, ok := noPlaceHere[lower]; ok {
		return fmt.Sprintf("%s %s", name, why)
	}
	if strings.HasPrefix(lower, "sliding_") {
		return fmt.Sprintf("%s %s", name, noEffect)
	}
	if lower != name {
		return fmt.Sprintf("unrecognized subdirective %q: settings are written in lower case here, try %s", name, lower)
	}
	return fmt.Sprintf("unrecognized subdirective %q: see the list of subdirectives in the README", name)
}
