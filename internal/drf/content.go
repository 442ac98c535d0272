// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// content is what the Content-Type of a body says.
type content struct {
	header string // as it came
	media  mediaType
	parser parser
}

// contentOf reads a Content-Type. The refusal says that Django cannot take it apart,
// which it tries for an empty body as well. A body of an unsupported type has no
// parser.
func contentOf(header string, rel *release.Release) (c content, _ *Refusal) {
	c.header = header
	if header == "application/json" {
		c.parser = jsonParser
		return c, nil
	}
	media, err := parseMediaType(header, &rel.Django)
	if err != nil {
		return c, badContentType()
	}
	c.media = media
	if name, _ := media.parameter("charset"); strings.Contains(name, "\x00") {
		return c, badContentType() // codecs.lookup does not take it
	}
	if !rel.DRF.LimitsMediaTypes || len(header) <= maxMediaTypeLength {
		c.parser = selectParser(&media)
	}
	return c, nil
}
