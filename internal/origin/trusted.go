// SPDX-License-Identifier: Apache-2.0

package origin

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// Trusted is a set of origins whose pages count as the site's own, spelled as a
// browser spells them in Origin.
type Trusted map[string]bool

// Parse returns the set of origins that are written in a configuration. The error
// says which one no browser would send, and how to write it.
func Parse(written []string) (Trusted, error) {
	t := make(Trusted, len(written))
	for _, w := range written {
		spelled, err := spell(w)
		if err != nil {
			return nil, err
		}
		if spelled != w {
			return nil, fmt.Errorf("%q is not how a browser spells that origin: write %s", w, spelled)
		}
		if t[w] {
			return nil, fmt.Errorf("%s is named twice: delete one", w)
		}
		t[w] = true
	}
	return t, nil
}

// spell returns an origin as a browser spells it (the serialization of an origin in
// the HTML standard): lower case, without a port that is the scheme's own.
func spell(written string) (string, error) {
	const cure = "write an origin such as https://app.example.com"
	switch {
	case written == "null":
		return "", fmt.Errorf("null is the origin of any page in a sandbox, so it can be trusted by nobody: %s", cure)
	case strings.Contains(written, "*"):
		return "", fmt.Errorf("%q has a wildcard, and would trust pages that do not exist yet: name each origin", written)
	}
	u, err := url.Parse(written)
	switch {
	case err != nil:
		return "", fmt.Errorf("%q is no URL: %s", written, cure)
	case u.Host == "" || u.Scheme == "":
		return "", fmt.Errorf("%q is no origin: %s", written, cure)
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.Path != "" && u.Path != "/":
		return "", fmt.Errorf("%q has more than a scheme, a host and a port: %s", written, cure)
	}
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if strings.HasSuffix(u.Host, ":") || port == "443" && u.Scheme == "https" || port == "80" && u.Scheme == "http" {
		port = ""
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() && ip.Zone() == "" {
		host = "[" + ip.String() + "]"
	} else {
		for _, c := range []byte(host) {
			switch {
			case c >= 0x80:
				return "", fmt.Errorf("%q has a host that browsers spell in Punycode: write it as xn--", written)
			case !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-._", rune(c)):
				return "", fmt.Errorf("%q has a host with %q, which no name has: %s", written, c, cure)
			}
		}
	}
	if port != "" {
		host += ":" + port
	}
	return u.Scheme + "://" + host, nil
}
