// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"maps"
	"slices"
	"time"
)

// The defaults of SIMPLE_JWT (settings.py).
const (
	DefaultAlgorithm            = "HS256"
	DefaultAccessTokenLifetime  = 5 * time.Minute
	DefaultRefreshTokenLifetime = 24 * time.Hour
	DefaultSlidingTokenLifetime = 5 * time.Minute
	DefaultSlidingRefreshExp    = "refresh_exp"

	DefaultSlidingRefreshLifetime = 24 * time.Hour
	DefaultAuthHeaderType         = "Bearer"
	DefaultUserIDField            = "id"
	DefaultUserIDClaim            = "user_id"
	DefaultTokenTypeClaim         = "token_type"
	DefaultJTIClaim               = "jti"
	DefaultRevokeTokenClaim       = "hash_password"
)

// leftOut holds, in lower case, the settings of SIMPLE_JWT that the edge does not have,
// and why (settings.py).
var leftOut = map[string]string{
	"update_last_login":                noEffect,
	"auth_header_name":                 noEffect,
	"token_user_class":                 noEffect,
	"auth_token_classes":               noEffect,
	"on_login_success":                 noEffect,
	"on_login_failed":                  noEffect,
	"token_obtain_serializer":          noEffect,
	"sliding_token_obtain_serializer":  noEffect,
	"sliding_token_refresh_serializer": runsPython,
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

// WhyLeftOut returns why the edge does not have a setting of SIMPLE_JWT, in lower case,
// and what to do with its line. It returns "" for any other name.
func WhyLeftOut(name string) string {
	return leftOut[name]
}

// LeftOut returns the names for which [WhyLeftOut] has an answer.
func LeftOut() []string { return slices.Sorted(maps.Keys(leftOut)) }
