// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
)

// Refusal is the answer to a request that carries no value to work with. As an
// error it reads like its body.
type Refusal struct {
	Answer

	// EdgeOnly says that Django may accept the request, or crashes at it.
	EdgeOnly bool

	// Missing says that the body has no such field, so that the value may be elsewhere.
	Missing bool
}

// Error returns the status and the body.
func (r *Refusal) Error() string { return strconv.Itoa(r.Status) + " " + string(r.Body) }

func refuse(status int, text string) *Refusal { return &Refusal{Answer: Detail(status, text)} }

// edgeOnly marks the refusal of a request that Django may not refuse.
func (r *Refusal) edgeOnly() *Refusal {
	r.EdgeOnly = true
	return r
}

func refuseField(field string, messages ...string) *Refusal {
	return &Refusal{Answer: FieldErrors(field, messages...)}
}

func refuseMissing(field string) *Refusal {
	refusal := refuseField(field, "This field is required.")
	refusal.Missing = true
	return refusal
}

func notAcceptable() *Refusal {
	return refuse(http.StatusNotAcceptable, "Could not satisfy the request Accept header.")
}

func notFound() *Refusal { return refuse(http.StatusNotFound, "Not found.") }

func unsupportedMediaType(header string) *Refusal {
	return refuse(http.StatusUnsupportedMediaType, `Unsupported media type "`+latin1(header)+`" in request.`)
}

// badContentType stands for the error page that Django sends if it cannot parse the
// Content-Type.
func badContentType() *Refusal {
	return refuse(http.StatusBadRequest, "Invalid Content-Type header.").edgeOnly()
}

func tooLarge(limit int64) *Refusal {
	return refuse(http.StatusRequestEntityTooLarge,
		"Request body exceeds the limit of "+strconv.FormatInt(limit, 10)+" bytes.").edgeOnly()
}

// tooManyFields stands for the HTML page that Django sends for TooManyFieldsSent. The
// limit is a setting, which may have another value in Django.
func tooManyFields() *Refusal {
	return refuse(http.StatusBadRequest, "The number of GET/POST parameters exceeds the limit of "+
		strconv.Itoa(maxFields)+".").edgeOnly()
}

// tooMuchData stands for Django's RequestDataTooBig, likewise.
func tooMuchData() *Refusal {
	return refuse(http.StatusBadRequest, "The request's data exceeds the limit of "+strconv.Itoa(maxData)+" bytes.").edgeOnly()
}

// tooManyFiles stands for Django's TooManyFilesSent, likewise.
func tooManyFiles() *Refusal {
	return refuse(http.StatusBadRequest, "The number of files exceeds the limit of "+strconv.Itoa(maxFiles)+".").edgeOnly()
}

func badJSON(text string) *Refusal {
	return refuse(http.StatusBadRequest, "JSON parse error - "+text)
}

// noJSON is badJSON with the scanner's error.
func noJSON(err error) *Refusal {
	refusal := badJSON(err.Error())
	if fault, ok := errors.AsType[*pyjson.SyntaxError](err); ok && fault.TooDeep {
		return refusal.edgeOnly()
	}
	return refusal
}

func badMultipart(text string) *Refusal {
	return refuse(http.StatusBadRequest, "Multipart form parse error - "+text)
}

// notDict is a serializer's refusal of data that is no dict (serializers.py,
// Serializer.to_internal_value).
func notDict(pythonType string) *Refusal {
	return refuseField("non_field_errors", "Invalid data. Expected a dictionary, but got "+pythonType+".")
}
