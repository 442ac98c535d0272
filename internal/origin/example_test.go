// SPDX-License-Identifier: Apache-2.0

package origin_test

import (
	"fmt"
	"net/http/httptest"

	"github.com/caddyrefresh/caddyrefresh/internal/origin"
)

func ExampleTrusted_Judge() {
	trusted, err := origin.Parse([]string{"https://app.example.com"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, from := range []string{"https://app.example.com", "https://blog.example.com"} {
		r := httptest.NewRequest("POST", "https://api.example.com/api/token/refresh", nil)
		r.Header.Set("Origin", from)
		r.Header.Set("Sec-Fetch-Site", "same-site")
		fmt.Println(from, trusted.Judge(r).Ours)
	}
	// Output:
	// https://app.example.com true
	// https://blog.example.com false
}
