// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"errors"

	"github.com/caddyrefresh/caddyrefresh/store/tlsclient"
)

// resolveTLS reads the files of certificates. They are read while a configuration
// loads: a file that is missing fails the load and not the first request, and one
// whose content changed parts the connections of the new configuration from those of
// the old.
func (s *Store) resolveTLS(l *link) error {
	if !l.TLS {
		if s.TLSCA != "" || s.TLSCert != "" || s.TLSKey != "" || s.TLSServerName != "" {
			return errors.New("store redis: ca, cert, key and server_name are for TLS: add tls, or write the address as rediss://")
		}
		return nil
	}
	files := tlsclient.Files{
		CA:   tlsclient.File{Setting: "store redis: ca of tls"},
		Cert: tlsclient.File{Setting: "store redis: cert of tls"},
		Key:  tlsclient.File{Setting: "store redis: key of tls"},
	}
	for _, file := range []struct {
		name, written string
		resolved      *string
	}{{"ca", s.TLSCA, &files.CA.Path}, {"cert", s.TLSCert, &files.Cert.Path}, {"key", s.TLSKey, &files.Key.Path}} {
		path, err := resolveText(file.name+" of tls", file.written)
		if err != nil {
			return err
		}
		*file.resolved = path
	}
	var err error
	if l.ServerName, err = resolveText("server_name of tls", s.TLSServerName); err != nil {
		return err
	}
	if l.config, l.Files, err = files.Config(); err != nil {
		return err
	}
	l.config.ServerName = l.ServerName
	return nil
}
