// SPDX-License-Identifier: Apache-2.0

// Package noop is the handler that token_refresh is measured against: it does
// what any handler of a POST must do, which is to read the body and to write an
// answer, and nothing else. It is compiled into the benchmark's Caddy only.
package noop

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

const directive = "token_refresh_noop"

func init() {
	caddy.RegisterModule(Handler{})
	httpcaddyfile.RegisterHandlerDirective(directive, func(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		handler := new(Handler)
		return handler, handler.UnmarshalCaddyfile(h.Dispenser)
	})
	httpcaddyfile.RegisterDirectiveOrder(directive, httpcaddyfile.After, "encode")
}

// path is the one that token_refresh answers by default.
const path = "/api/token/refresh"

// Handler answers each POST to path with a constant that looks like the answer
// to a refresh.
type Handler struct {
	// The size in bytes of the answer's body. Required.
	Size int `json:"size"`

	body   []byte
	length []string
}

// The frame of the body, which the load generator looks for.
const (
	before = `{"access":"`
	after  = `"}`
)

// CaddyModule returns the Caddy module information.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers." + directive,
		New: func() caddy.Module { return new(Handler) },
	}
}

// Provision makes the answer.
func (h *Handler) Provision(caddy.Context) error {
	filler := strings.Repeat("x", max(0, h.Size-len(before)-len(after)))
	h.body = []byte(before + filler + after)
	h.length = []string{strconv.Itoa(len(h.body))}
	return nil
}

// The values of the headers that token_refresh writes.
var (
	contentType  = []string{"application/json"}
	allow        = []string{"POST, OPTIONS"}
	vary         = []string{"Accept"}
	cacheControl = []string{"no-store"}
)

// buffers are as large as the largest body that is measured.
var buffers = sync.Pool{New: func() any { return new([4096]byte) }}

// ServeHTTP reads the body and writes the answer.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if r.Method != http.MethodPost || r.URL.Path != path {
		return next.ServeHTTP(w, r)
	}
	buffer := buffers.Get().(*[4096]byte)
	defer buffers.Put(buffer)
	for {
		if _, err := r.Body.Read(buffer[:]); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
	}
	header := w.Header()
	header["Content-Type"] = contentType
	header["Allow"] = allow
	header["Vary"] = vary
	header["Cache-Control"] = cacheControl
	header["Content-Length"] = h.length
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(h.body)
	return err
}

// UnmarshalCaddyfile sets up the handler from Caddyfile tokens. Syntax:
//
//	token_refresh_noop [<matcher>] <size>
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // consume directive name
	var size string
	if !d.AllArgs(&size) {
		return d.ArgErr()
	}
	var err error
	if h.Size, err = strconv.Atoi(size); err != nil {
		return d.Errf("%q is not a size: write a number of bytes", size)
	}
	return nil
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
	_ caddyfile.Unmarshaler       = (*Handler)(nil)
)
