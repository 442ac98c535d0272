// SPDX-License-Identifier: Apache-2.0

package importing

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Facts are what the script prints about a project (facts.py).
type Facts struct {
	Format int    `json:"format"`
	Failed string `json:"failed"`

	Versions  map[string]string `json:"versions"`
	SimpleJWT SimpleJWT         `json:"simple_jwt"`
	Key       Key               `json:"key"`

	Views        []View       `json:"views"`
	Unrecognised []CookieView `json:"unrecognised"`
	CookieViews  []CookieView `json:"cookie_views"` // logins and logouts, mostly

	RESTAuth           map[string]any `json:"rest_auth"` // of dj-rest-auth; nil where it is not used
	CSRFTrustedOrigins []string       `json:"csrf_trusted_origins"`

	RESTFramework struct {
		ExceptionHandler string `json:"exception_handler"`
		CompactJSON      bool   `json:"compact_json"`
		FormatParameter  string `json:"format_parameter"`
	} `json:"rest_framework"`

	BlacklistApp bool              `json:"blacklist_app"`
	Middleware   []string          `json:"middleware"`
	CORS         *CORS             `json:"cors"`
	Security     map[string]string `json:"security"`
	User         User              `json:"user"`
	Database     Database          `json:"database"`
	Locale       struct {
		LanguageCode string   `json:"language_code"`
		Translated   []string `json:"translated"`
	} `json:"locale"`
	UseTZ      bool     `json:"use_tz"`
	TimeZone   string   `json:"time_zone"`
	ScriptName string   `json:"script_name"`
	Hosts      []string `json:"hosts"`
}

// SimpleJWT are the settings in effect.
type SimpleJWT struct {
	Settings  map[string]any `json:"settings"`
	JWKURLEnv []string       `json:"jwk_url_env"`
	JWKURLCut bool           `json:"jwk_url_cut"`
	Unknown   []string       `json:"unknown"`
}

// Key says where the signing key comes from.
type Key struct {
	From       string   `json:"from"` // the name of the setting
	Kind       string   `json:"kind"` // secret, pem or other
	Length     int      `json:"length"`
	Env        []string `json:"env"`
	EnvEscaped []string `json:"env_escaped"` // variables that have \n for a line break
	File       string   `json:"file"`
	Pair       *bool    `json:"pair"` // whether VERIFYING_KEY is its public half; nil for none
}

// View is a view of SimpleJWT, or one that is derived from it, at one path.
type View struct {
	Kind       string  `json:"kind"`
	Class      string  `json:"class"`
	Path       *string `json:"path"` // nil where the pattern has parameters
	Pattern    string  `json:"pattern"`
	Exact      bool    `json:"exact"`
	CORS       bool    `json:"cors"`
	ByLanguage bool    `json:"by_language"`

	Overridden     []string `json:"overridden"`
	Decorators     []string `json:"decorators"`
	Serializer     string   `json:"serializer"`
	Throttles      []string `json:"throttles"`
	OwnThrottles   bool     `json:"own_throttles"`
	Permissions    []string `json:"permissions"`
	Authenticators []string `json:"authenticators"`
	Renderers      []string `json:"renderers"`
	Parsers        []string `json:"parsers"`
	Negotiation    string   `json:"negotiation"`
	Versioning     string   `json:"versioning"`

	Cookies *CookieUse `json:"cookies"`
}

// CORS are the settings of django-cors-headers.
type CORS struct {
	All         bool     `json:"all"`
	Origins     []string `json:"origins"`
	Patterns    []string `json:"patterns"`
	Flags       bool     `json:"flags"`
	Credentials bool     `json:"credentials"`
	Expose      []string `json:"expose"`
	Signal      bool     `json:"signal"`
}

// User is AUTH_USER_MODEL.
type User struct {
	Model        string  `json:"model"`
	Table        string  `json:"table"`
	Database     string  `json:"database"`
	ID           *Column `json:"id"` // of USER_ID_FIELD
	Active       *Column `json:"active"`
	AlwaysActive bool    `json:"always_active"`
	Filtered     bool    `json:"filtered"` // the manager leaves users out
}

// Column is a column of the user table.
type Column struct {
	Column    string `json:"column"`
	Inherited bool   `json:"inherited"` // it is in a parent's table
}

// Database is where the blacklist app has its tables.
type Database struct {
	Alias      string   `json:"alias"`
	Vendor     string   `json:"vendor"`
	Engine     string   `json:"engine"`
	Name       string   `json:"name"`
	Host       string   `json:"host"`
	Port       string   `json:"port"`
	SearchPath []string `json:"search_path"`
	Options    []string `json:"options"`

	// Network are the options for TLS and sockets with their values.
	Network map[string]string `json:"network"`

	TimeZone  string   `json:"time_zone"`
	Env       []string `json:"env"`
	Databases int      `json:"databases"`
}

const (
	beginMark = "caddyrefresh-facts-begin "
	endMark   = " caddyrefresh-facts-end"
	maxFacts  = 16 << 20
	format    = 1
)

// Read finds the line of facts in the output of a shell. If there are several, it takes
// the last one.
func Read(from io.Reader) (*Facts, error) {
	text, err := io.ReadAll(io.LimitReader(from, maxFacts+1))
	if err != nil {
		return nil, fmt.Errorf("reading the facts: %w", err)
	}
	if len(text) > maxFacts {
		return nil, errors.New("the facts are larger than 16 MiB: give what the script printed, and nothing else")
	}
	begin := bytes.LastIndex(text, []byte(beginMark))
	if begin < 0 {
		return nil, errors.New("the input has no line of facts: run the script of `caddyrefresh token-refresh import --script` by `manage.py shell -v 0 -c`, and look at what it says on stderr")
	}
	line, _, found := bytes.Cut(text[begin+len(beginMark):], []byte(endMark))
	if !found {
		return nil, errors.New("the line of facts is cut off: run the script again")
	}
	facts := new(Facts)
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	if err := decoder.Decode(facts); err != nil {
		return nil, errors.New("the line of facts is damaged: run the script again, with its output in a file")
	}
	switch {
	case facts.Failed != "":
		return nil, fmt.Errorf("the script failed in the project with %.200q: does `manage.py check` pass there?", facts.Failed)
	case facts.Format != format:
		return nil, fmt.Errorf("the facts are of format %d, and this caddyrefresh reads %d: run its own script again", facts.Format, format)
	}
	return facts, nil
}
