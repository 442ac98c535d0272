// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// What the SPA says.
const (
	loggedIn  = "You are logged in."
	loggedOut = "You are logged out."
	renewed   = "The tokens are new."
)

// settled is a script that returns what the page says, once it has come to an end.
const settled = `
	const said = document.getElementById("said");
	while (["", "..."].includes(said.textContent)) await new Promise((resume) => setTimeout(resume, 20));
	return said.textContent;`

// says returns what the page says.
func (p *tab) says() string {
	p.t.Helper()
	return eval[string](p, settled)
}

// click presses a button and returns what the page says then.
func (p *tab) click(id string) string {
	p.t.Helper()
	return eval[string](p, clicking(id))
}

// clicking is the script of click.
func clicking(id string) string { return `document.getElementById("` + id + `").click();` + settled }

// want ends the test unless the page said that.
func want(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: the page says %q, want %q", what, got, want)
	}
}

// user returns whose name the page shows.
func (p *tab) user() string {
	p.t.Helper()
	return eval[string](p, `return document.getElementById("user").textContent`)
}

// login types name and password, as a user does.
func (p *tab) login(name string) {
	p.t.Helper()
	want(p.t, "before the login", p.says(), loggedOut)
	p.do(
		chromedp.SendKeys(`input[name="username"]`, name),
		chromedp.SendKeys(`input[name="password"]`, password),
		chromedp.Click(`#login button`),
	)
	p.poll(`document.getElementById("said").textContent === "` + loggedIn + `"`)
	want(p.t, "the name after the login", p.user(), name)
}

// poll waits until an expression is true in the page.
func (p *tab) poll(expression string) {
	p.t.Helper()
	eval[bool](p, `while (!(`+expression+`)) await new Promise((resume) => setTimeout(resume, 20)); return true;`)
}
