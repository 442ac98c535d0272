// SPDX-License-Identifier: Apache-2.0

package site

import (
	"sync"

	"github.com/caddyrefresh/caddyrefresh/internal/drf"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// memory holds the buffers that one request needs. The next request gets them once the
// answer is written; what is logged after that is in the [record].
type memory struct {
	request drf.Scratch
	token   simplejwt.Scratch
	body    []byte // of the answer
	carried carried
}

var memories = sync.Pool{New: func() any { return new(memory) }}

func (m *memory) giveBack() {
	m.request.Reset()
	m.carried = carried{}
	m.token.Trim()
	memories.Put(m)
}
