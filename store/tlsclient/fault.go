// SPDX-License-Identifier: Apache-2.0

package tlsclient

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
)

// Cures are what an operator can do about a handshake that failed, in the words of
// the store's settings.
type Cures struct {
	Authority   string // to trust another authority
	Name        string // to reach the server by a name that its certificate has
	Certificate string // to show the server a certificate of one's own
	Plain       string // to speak to a server without TLS
}

// alerts are the words with which crypto/tls reports what a server says of the
// client's certificate. Its type for them is not exported.
var alerts = []struct{ words, fault string }{
	{"tls: certificate required", "the server wants a client certificate"},
	{"tls: unknown certificate authority", "the server does not trust the authority of the client certificate"},
	{"tls: expired certificate", "the client certificate has expired"},
	{"tls: revoked certificate", "the client certificate is revoked"},
	{"tls: bad certificate", "the server refuses the client certificate"},
	{"tls: unsupported certificate", "the server refuses the kind of the client certificate"},
	{"tls: unknown certificate", "the server refuses the client certificate"},
	{"tls: handshake failure", "the server ends the handshake, as a server of TLS 1.2 does that wants a client certificate"},
}

// Explain says what is wrong with a handshake and what to do about it. It returns ""
// for an error that is not about TLS.
func (c *Cures) Explain(err error) string {
	var (
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		plain     tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &authority):
		return "the edge does not trust the authority of the server's certificate: " + c.Authority
	case errors.As(err, &name) && strings.Contains(name.Error(), "legacy Common Name"):
		return "the server's certificate has its name as Common Name alone, which does not count: issue one with the name as subjectAltName"
	case errors.As(err, &name):
		return "the server's certificate is for another name (" + name.Error() + "): " + c.Name
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the server's certificate has expired, or is not valid yet: renew it, and look at the clocks"
	case errors.As(err, &invalid):
		return "the server's certificate cannot be used (" + invalid.Error() + "): issue one for a server"
	case errors.As(err, &plain):
		return "the server does not speak TLS at this address: " + c.Plain
	}
	text := err.Error()
	for _, a := range alerts {
		if strings.Contains(text, a.words) {
			return a.fault + ": " + c.Certificate
		}
	}
	return ""
}
