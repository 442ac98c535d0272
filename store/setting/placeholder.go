// SPDX-License-Identifier: Apache-2.0

package setting

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/caddyserver/caddy/v2"
)

// onePlaceholder matches a value that is nothing but a placeholder. Its name is
// no secret, so errors may quote it.
var onePlaceholder = regexp.MustCompile(`^\{(?:env|file)\.[^{}]+\}$`)

// Resolve replaces the placeholders in value, such as {env.NAME} and
// {file./path}. A value that comes out empty is an error. name is what the error
// begins with: the setting, with the store that it belongs to. The error never
// holds the value, part of which may be the secret itself.
//
// Call it in Provision and keep the result in an unexported field, so that the
// admin API shows the placeholder and not what it stands for.
func Resolve(name, value string) (string, error) {
	text, err := caddy.NewReplacer().ReplaceOrErr(value, true, true)
	switch {
	case err == nil && text != "":
		return text, nil
	case onePlaceholder.MatchString(value):
		return "", fmt.Errorf("%s: %s is empty or cannot be read: set it where Caddy runs, then start Caddy again", name, value)
	default:
		return "", fmt.Errorf("%s: it holds a placeholder that is unknown or empty: "+
			"use {env.NAME} or {file./path}, and write braces that belong to the value as \\{ and \\}, in a URL as %%7B and %%7D", name)
	}
}

// HasPlaceholder reports whether a part of value comes from elsewhere. A secret
// without one is shown by the admin API, which is worth a warning.
func HasPlaceholder(value string) bool {
	return strings.Contains(value, "{env.") || strings.Contains(value, "{file.")
}
