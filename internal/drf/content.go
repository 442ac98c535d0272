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

// read reads a Content-Type. It returns a refusal if Django cannot parse it, which Django
// tries for an empty body too. A body of an unsupported type has no parser.
func (c *content) read(header string, rel *release.Release) *Refusal {
	c.header = header
	if header == "application/json" {
		c.parser = jsonParser
		return nil
	}
	media, err := parseMediaType(header, &rel.Django)
	if err != nil {
		return badContentType()
	}
	c.media = media
	if name, _ := media.parameter("charset"); strings.Contains(name, "\x00") {
		return badContentType() // codecs.lookup raises an error
	}
	if !rel.DRF.LimitsMediaTypes || len(header) <= maxMediaTypeLength {
		c.parser = selectParser(&media)
	}
	return nil
}
