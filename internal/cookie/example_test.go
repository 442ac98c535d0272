// SPDX-License-Identifier: Apache-2.0

package cookie_test

import (
	"fmt"
	"net/http"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/cookie"
)

func ExampleSettings_Cookies() {
	refresh, access := (&cookie.Settings{AccessCookie: "__Host-access"}).Cookies()
	for _, attributes := range []*cookie.Attributes{&refresh, access} {
		line, err := attributes.Set("the-token", 5*time.Minute)
		fmt.Println(line, err)
	}
	// Output:
	// __Host-refresh=the-token; Path=/; Max-Age=300; HttpOnly; Secure; SameSite=Strict <nil>
	// __Host-access=the-token; Path=/; Max-Age=300; HttpOnly; Secure; SameSite=Strict <nil>
}

func ExampleCut() {
	header := http.Header{"Cookie": {"theme=dark; __Host-refresh=the-token; lang=en"}}
	cookie.Cut(header, []string{"__Host-refresh"})
	fmt.Println(header["Cookie"])
	// Output:
	// [theme=dark; lang=en]
}
