// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// answers of the requests of releaseCases. Django puts an error page in the place of
// those that are marked.
const (
	answerToken      = `200 {"value":"a.b.c"}`
	answer406        = `406 {"detail":"Could not satisfy the request Accept header."}`
	answer415        = `415 {"detail":"Unsupported media type "..." in request."}`
	answerRequired   = `400 {"refresh":["This field is required."]}`
	answerPart       = `400 {"detail":"Multipart form parse error - Request max total header size exceeded."}`
	answerBase64     = `400 {"detail":"Multipart form parse error - Could not decode base64 data."}`
	answerBadType    = `400 {"detail":"Invalid Content-Type header."}`                                 // 500
	answerTooMuch    = `400 {"detail":"The request's data exceeds the limit of 2621440 bytes."}`       // 400, HTML
	answerNoCharset  = `400 {"detail":"Unsupported charset \"zlib\" in request Content-Type header."}` //
	multipartContent = "multipart/form-data; boundary=b"
)

// releaseCase is a request that two neighbouring releases answer differently.
type releaseCase struct {
	name                      string
	accept, contentType, body string // default: JSON with the token
	older, newer              string // the releases of DRF and Django
	wantOlder, wantNewer      string
}

func releaseCases() []releaseCase {
	const (
		beforeEmail, email  = "3.17.1 5.2.17", "3.17.1 5.2.18"
		beforeLimits, limit = "3.18.1 5.2.19", "3.18.2 5.2.19"
	)
	part := func(headers, value string) string {
		return "--b\r\n" + headers + "\r\n\r\n" + value + "\r\n--b--\r\n"
	}
	const named = "Content-Disposition: form-data; name=refresh"
	return []releaseCase{
		{name: "Content-Type of 256 characters", contentType: "application/json;x=" + strings.Repeat("x", 237), older: beforeLimits, newer: limit, wantOlder: answerToken, wantNewer: answerToken},
		{name: "Content-Type of 257 characters", contentType: "application/json;x=" + strings.Repeat("x", 238), older: beforeLimits, newer: limit, wantOlder: answerToken, wantNewer: answer415},
		{name: "JSON as the 64th range", accept: strings.Repeat("text/plain,", 63) + "application/json", older: beforeLimits, newer: limit, wantOlder: answerToken, wantNewer: answerToken},
		{name: "JSON as the 65th range", accept: strings.Repeat("text/plain,", 64) + "application/json", older: beforeLimits, newer: limit, wantOlder: answerToken, wantNewer: answer406},
		{name: "JSON after 65 empty ranges", accept: strings.Repeat(" ,", 65) + "application/json", older: beforeLimits, newer: limit, wantOlder: answerToken, wantNewer: answerToken},
		{name: "range of 256 characters", accept: "application/json;x=" + strings.Repeat("x", 237), older: beforeLimits, newer: limit, wantOlder: answerToken, wantNewer: answerToken},
		{name: "range of 257 characters", accept: "application/json;x=" + strings.Repeat("x", 238), older: beforeLimits, newer: limit, wantOlder: answerToken, wantNewer: answer406},
		{name: "Accept of 8192 characters", accept: strings.Repeat("x", 8175) + ",application/json", older: beforeLimits, newer: limit, wantOlder: answerToken, wantNewer: answerToken},
		{name: "Accept of 8193 characters", accept: strings.Repeat("x", 8176) + ",application/json", older: beforeLimits, newer: limit, wantOlder: answerToken, wantNewer: answer406},
		{name: "Accept whose limit makes JSON of a range", accept: strings.Repeat("x", 8175) + ",application/jsonx", older: beforeLimits, newer: limit, wantOlder: answer406, wantNewer: answer406},
		{name: "long Accept that begins well", accept: "application/json," + strings.Repeat("x", 8176), older: beforeLimits, newer: limit, wantOlder: answerToken, wantNewer: answerToken},
		{name: "long Accept without a comma", accept: "application/json;" + strings.Repeat("x", 8176), older: beforeLimits, newer: limit, wantOlder: answerToken, wantNewer: answer406},
		{name: "charset zlib", contentType: "application/json; charset=zlib", older: beforeLimits, newer: limit, wantOlder: answerToken, wantNewer: answerNoCharset},
		{name: "charset zlib of a form", contentType: "application/x-www-form-urlencoded; charset=zlib", body: "refresh=a.b.c", older: beforeLimits, newer: limit, wantOlder: answerToken, wantNewer: answerNoCharset},
		{name: "charset zlib before a bad boundary", contentType: "multipart/form-data; charset=zlib", older: beforeLimits, newer: limit, wantOlder: `400 {"detail":"Multipart form parse error - Invalid boundary in multipart: None"}`, wantNewer: answerNoCharset},
		{name: "unknown charset", contentType: "application/json; charset=zlob", older: beforeLimits, newer: limit, wantOlder: answerToken, wantNewer: answerToken},
		{name: "range in an unknown charset", accept: "x/y;z*=zlob''%7a,application/json", older: "3.18.1 6.1.0", newer: "3.18.2 6.1.0", wantOlder: answer406, wantNewer: answerToken},

		{name: "2.5 MiB of JSON", body: `{"x":"` + strings.Repeat("x", maxData-26) + `","refresh":"a.b.c"}`, older: "3.17.1 5.2.17", newer: "3.17.2 5.2.17", wantOlder: answerToken, wantNewer: answerToken},
		{name: "2.5 MiB of JSON and a byte", body: `{"x":"` + strings.Repeat("x", maxData-25) + `","refresh":"a.b.c"}`, older: "3.17.1 5.2.17", newer: "3.17.2 5.2.17", wantOlder: answerToken, wantNewer: answerTooMuch},
		{name: "2.5 MiB of a form and a byte", contentType: "application/x-www-form-urlencoded", body: "x=" + strings.Repeat("x", maxData-15) + "&refresh=a.b.c", older: "3.17.1 5.2.17", newer: "3.17.2 5.2.17", wantOlder: answerToken, wantNewer: answerTooMuch},

		{name: "2.5 MiB in a file", contentType: multipartContent, body: "--b\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" + strings.Repeat("x", maxData) + "\r\n" + part(named, "a.b.c"), older: "3.17.1 5.2.17", newer: "3.17.2 5.2.17", wantOlder: answerToken, wantNewer: answerToken},
		{name: "2.5 MiB in a field of a multipart body", contentType: multipartContent, body: part("Content-Disposition: form-data; name=f", strings.Repeat("x", maxData-3)), older: "3.17.1 5.2.17", newer: "3.17.2 5.2.17", wantOlder: answerRequired, wantNewer: answerRequired},
		{name: "2.5 MiB in a field of a multipart body and a byte", contentType: multipartContent, body: part("Content-Disposition: form-data; name=f", strings.Repeat("x", maxData-2)), older: "3.17.1 5.2.17", newer: "3.17.2 5.2.17", wantOlder: answerTooMuch, wantNewer: answerTooMuch},

		{name: "a value in the media type", contentType: "application/json=x;y=z", older: beforeEmail, newer: email, wantOlder: answer415, wantNewer: answerToken},
		{name: "boundary in one piece of many", contentType: "multipart/form-data; boundary*0=b", body: part(named, "a.b.c"), older: beforeEmail, newer: email, wantOlder: `400 {"detail":"Multipart form parse error - Invalid boundary in multipart: None"}`, wantNewer: answerToken},
		{name: "boundary* before boundary", contentType: "multipart/form-data; boundary*=b; boundary=x", body: part(named, "a.b.c"), older: beforeEmail, newer: email, wantOlder: `200 {"value":"a.b.c\r\n--b--"}`, wantNewer: answerToken},
		{name: "a charset with NUL", contentType: "application/json;charset*=utf-8''a%00", older: beforeEmail, newer: email, wantOlder: answerBadType, wantNewer: answerBadType},
		{name: "an unknown charset that nothing is in", contentType: "application/json;x*=zlob''x", older: beforeEmail, newer: email, wantOlder: answerToken, wantNewer: answerBadType},
		{name: "an unknown charset", contentType: "application/json;x*=zlob''%7a", older: beforeEmail, newer: email, wantOlder: answerBadType, wantNewer: answerBadType},
		{name: "range in an unknown charset, and DRF that passes over it", accept: "x/y;z*=zlob''%7a,application/json", older: "3.18.2 5.2.17", newer: "3.18.2 5.2.18", wantOlder: answer406, wantNewer: answerToken},
		{name: "part of an unknown charset", contentType: multipartContent, body: part(named+"\r\nX: y;z*=zlob''%7a", "a.b.c"), older: "3.18.1 6.0.8", newer: "3.18.1 6.1.0", wantOlder: `400 {"detail":"Multipart form parse error - A part has a header that cannot be read."}`, wantNewer: answerToken},

		{name: "a part's headers within 1024 bytes", contentType: multipartContent, body: part(named+"\r\nX: "+strings.Repeat("x", 1013-len(named)), "a.b.c"), older: "3.16.1 5.0.14", newer: "3.16.1 5.1.0", wantOlder: answerToken, wantNewer: answerToken},
		{name: "a part's headers of one byte more", contentType: multipartContent, body: part(named+"\r\nX: "+strings.Repeat("x", 1014-len(named)), "a.b.c"), older: "3.16.1 5.0.14", newer: "3.16.1 5.1.0", wantOlder: answerRequired, wantNewer: answerPart},
		{name: "a space before a part's colon", contentType: multipartContent, body: part("Content-Disposition : form-data; name=refresh", "a.b.c"), older: "3.17.1 5.2.19", newer: "3.17.1 6.0.0", wantOlder: answerRequired, wantNewer: answerToken},
		{name: "a space before a part's header", contentType: multipartContent, body: part(" "+named, "a.b.c"), older: "3.17.1 5.2.19", newer: "3.17.1 6.0.0", wantOlder: answerToken, wantNewer: answerRequired},
		{name: "base64 with a space", contentType: multipartContent, body: part(named+"\r\nContent-Transfer-Encoding: base64", "YS5i LmM="), older: "3.18.1 6.0.10", newer: "3.18.1 6.1.0", wantOlder: answerToken, wantNewer: `200 {"value":"YS5i LmM="}`},
		{name: "base64 with a line break", contentType: multipartContent, body: part(named+"\r\nContent-Transfer-Encoding: base64", "YS5i\nLmM="), older: "3.18.1 6.0.10", newer: "3.18.1 6.1.0", wantOlder: answerToken, wantNewer: `200 {"value":"YS5i\nLmM="}`},
		{name: "file whose name is a dot in HTML", contentType: multipartContent, body: part(named+`; filename="&#46;"`, "a.b.c") + "--b\r\n", older: "3.17.1 5.2.18", newer: "3.17.1 5.2.19", wantOlder: answerRequired, wantNewer: answerRequired},
		{name: "file in base64 of five bytes", contentType: multipartContent, body: part("Content-Disposition: form-data; name=f; filename=f\r\nContent-Transfer-Encoding: base64", "QUJD!"), older: "3.17.1 5.2.18", newer: "3.17.1 5.2.19", wantOlder: answerRequired, wantNewer: answerBase64},
		{name: "file in base64 with spaces", contentType: multipartContent, body: part("Content-Disposition: form-data; name=f; filename=f\r\nContent-Transfer-Encoding: base64", "QU J\r\nD\x0b"), older: "3.17.1 5.2.18", newer: "3.17.1 5.2.19", wantOlder: answerRequired, wantNewer: answerRequired},
		{name: "file in base64 with a mark", contentType: multipartContent, body: part("Content-Disposition: form-data; name=f; filename=f\r\nContent-Transfer-Encoding: base64", "QUJD!!!!"), older: "3.18.1 6.0.10", newer: "3.18.1 6.1.0", wantOlder: answerRequired, wantNewer: answerBase64},
	}
}

// TestReleases: both sides of each change in how DRF and Django read a request. The
// answers are those of DRF and Django of these releases, but for the error pages.
func TestReleases(t *testing.T) {
	for _, tc := range releaseCases() {
		for _, side := range [][2]string{{tc.older, tc.wantOlder}, {tc.newer, tc.wantNewer}} {
			versions := strings.Fields(side[0])
			rel := release.MustFind(release.Versions{DRF: versions[0], Django: versions[1]})
			got := tc.answer(rel)
			if status, _, long := strings.Cut(got, `Unsupported media type \"`+tc.contentType); long {
				got = status + `Unsupported media type "..." in request."}`
			}
			if got != side[1] {
				t.Errorf("%s, DRF %s with Django %s:\n got %.300s\nwant %.300s", tc.name, versions[0], versions[1], got, side[1])
			}
		}
	}
}

// answer returns the status and the body of the answer of a view that returns the
// value.
func (tc releaseCase) answer(rel *release.Release) string {
	if tc.accept == "" {
		tc.accept = "application/json"
	}
	if tc.contentType == "" {
		tc.contentType = "application/json"
	}
	if tc.body == "" {
		tc.body = `{"refresh":"a.b.c"}`
	}
	r := request(strings.NewReader(tc.body), int64(len(tc.body)), "Accept", tc.accept, "Content-Type", tc.contentType)
	w := serve(new(Scratch), r, rel)
	return strings.TrimSpace(w.Result().Status[:3]) + " " + w.Body.String()
}
