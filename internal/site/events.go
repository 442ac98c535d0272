// SPDX-License-Identifier: Apache-2.0

package site

import (
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// reuseEvent is emitted when a spent token is used again, which suggests theft. Its
// data are name, jti, user_id and client_ip.
const reuseEvent = "token_refresh_reuse"

func (s *Site) emitReuse(r *http.Request, rec *record) {
	if s.Emit == nil {
		return
	}
	clientIP, _ := caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string)
	s.Emit(reuseEvent, map[string]any{
		"name": s.Name, "jti": rec.jtiText(), "user_id": rec.userID(), "client_ip": clientIP,
	})
}
