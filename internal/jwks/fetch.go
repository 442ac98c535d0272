// SPDX-License-Identifier: Apache-2.0

package jwks

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

const maxRedirects = 3

// answer is a 200 from the endpoint.
type answer struct {
	body   []byte
	digest [sha256.Size]byte
	etag   string
}

// newClient makes a client that sends requests to the host of u alone. It has no
// cookies.
func newClient(u *url.URL, noRedirects bool, transport http.RoundTripper) *http.Client {
	if transport == nil {
		transport = &http.Transport{
			// There is one request in some minutes, so an open connection gains
			// nothing and would outlive a reload.
			DisableKeepAlives: true,
			// A compressed body could be small on the wire and large here.
			DisableCompression:     true,
			MaxResponseHeaderBytes: 64 << 10,
		}
	}
	return &http.Client{
		Transport: transport,
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if noRedirects {
				return errors.New("it redirects, and the backend's PyJWT does not follow: name the URL that it redirects to")
			}
			if len(via) > maxRedirects {
				return fmt.Errorf("it redirects more than %d times", maxRedirects)
			}
			// Whoever can make the endpoint redirect must not choose whose keys
			// we trust, nor make us look around in this network.
			if req.URL.Scheme != u.Scheme || !strings.EqualFold(req.URL.Host, u.Host) {
				return fmt.Errorf("it redirects to %s://%s, another scheme or host than its own: name the right URL",
					req.URL.Scheme, req.URL.Host)
			}
			return nil
		},
	}
}

// download makes one request. The result of a success is ResultUpdated with an
// answer, or ResultUnchanged for a 304 (RFC 9110 section 15.4.5).
func (r *Remote[K]) download(ctx context.Context, etag string) (*answer, Result, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url.String(), nil)
	if err != nil {
		return nil, ResultUnreachable, r.withoutURL(err)
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	req.Header.Set("User-Agent", "caddyrefresh")
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		if resp != nil { // a redirect that was refused
			return nil, ResultBadAnswer, r.withoutURL(err)
		}
		return nil, ResultUnreachable, r.withoutURL(err)
	}
	defer resp.Body.Close()

	switch {
	case resp.StatusCode == http.StatusNotModified && etag != "":
		return nil, ResultUnchanged, nil
	case resp.StatusCode != http.StatusOK:
		return nil, ResultBadAnswer, fmt.Errorf("it answered with status %d instead of 200", resp.StatusCode)
	case resp.ContentLength > maxBody:
		return nil, ResultBadAnswer, errTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, ResultUnreachable, fmt.Errorf("reading its body: %w", err)
	}
	if len(body) > maxBody {
		return nil, ResultBadAnswer, errTooLarge
	}
	return &answer{body: body, digest: sha256.Sum256(body), etag: resp.Header.Get("ETag")}, ResultUpdated, nil
}

var errTooLarge = fmt.Errorf("its body has more than %d bytes", maxBody)

// withoutURL unwraps the url.Error around err, whose text holds the query and perhaps a
// secret. It replaces an error that still quotes a secret: it may hold the Location of
// an answer, into which a server may write what it was sent.
func (r *Remote[K]) withoutURL(err error) error {
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err
	}
	text := err.Error()
	for _, secret := range secretsOf(r.url) {
		if strings.Contains(text, secret) {
			return errEchoes
		}
	}
	return err
}

var errEchoes = errors.New("its answer cannot be used, and quotes the credentials in the URL")

// secretsOf returns the parts of u that only its host may see.
func secretsOf(u *url.URL) (secrets []string) {
	password, has := u.User.Password()
	if !has {
		password = u.User.Username() // a token alone, as some servers want it
	}
	candidates := []string{password, u.RawQuery}
	for _, values := range u.Query() {
		candidates = append(candidates, values...)
	}
	for _, c := range candidates {
		if len(c) > 3 { // shorter ones are part of many words
			secrets = append(secrets, c)
		}
	}
	return secrets
}

// PublicURL returns the set's URL without the parts that may not be in a log.
func (r *Remote[K]) PublicURL() string {
	public := url.URL{Scheme: r.url.Scheme, Host: r.url.Host}
	if !r.config.HidePath {
		public.Path = r.url.Path
	}
	return public.String()
}
