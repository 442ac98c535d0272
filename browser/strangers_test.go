// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package browser

import (
	"strings"
	"testing"
)

// attack is what a hostile page does to the edge while the user has a session there. Its
// script returns what the page reads, which must be as wanted; {edge} is the edge.
type attack struct{ name, script, reads string }

// asking are the ways to ask a path with a script. Only a request that needs no
// preflight leaves the browser.
const asking = `
	const ask = (path, init) => fetch("{edge}" + path, { credentials: "include", ...init }).then((a) => a.text().then((text) => a.type + text), () => "nothing");
	const simple = { method: "POST", mode: "no-cors", body: new URLSearchParams({ a: "b" }) };
	const json = { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" };
`

// form submits a form into a frame, and returns what the page reads of the answer.
const form = `
	const frame = document.body.appendChild(Object.assign(document.createElement("iframe"), { name: "answer" }));
	const form = document.body.appendChild(document.createElement("form"));
	Object.assign(form, { target: "answer", method: "POST" });
	const submit = async (path, fields = {}) => {
		form.action = "{edge}" + path;
		for (const [name, value] of Object.entries(fields)) form.append(Object.assign(document.createElement("input"), { name, value }));
		const loaded = new Promise((resume) => { frame.onload = resume; });
		form.submit();
		await loaded;
		return frame.contentDocument ? frame.contentDocument.body.innerHTML : "nothing";
	};
`

// load loads a path as an element of the page does.
const load = `
	const load = (tag, path, more = {}) => new Promise((resume) => {
		const element = Object.assign(document.createElement(tag), more, { onload: () => resume("loaded"), onerror: () => resume("nothing") });
		element[tag === "link" ? "href" : "src"] = "{edge}" + path;
		document.body.append(element);
	});
`

var attacks = []attack{
	{"fetch of a refresh", asking + `return await ask("/api/token/refresh/", simple);`, "opaque"},
	{"fetch of a refresh in JSON", asking + `return await ask("/api/token/refresh/", json);`, "nothing"},
	{"fetch of a refresh with CORS", asking + `return await ask("/api/token/refresh/", { ...simple, mode: "cors" });`, "nothing"},
	{"fetch of a logout", asking + `return await ask("/api/token/blacklist/", simple);`, "opaque"},
	{"fetch of a logout in JSON", asking + `return await ask("/api/token/blacklist/", json);`, "nothing"},
	{"fetch of the API", asking + `return await ask("/api/me/", {});`, "nothing"},
	{"fetch of the API without CORS", asking + `return await ask("/api/me/", { mode: "no-cors" });`, "opaque"},
	{"fetch that changes something", asking + `return await ask("/api/me/", simple);`, "opaque"},
	{"login of the attacker", asking + `return await ask("/api/token/", { ...simple,
		body: new URLSearchParams({ username: "` + mallory + `", password: "` + password + `" }) });`, "opaque"},
	{"beacons", `return ["/api/token/refresh/", "/api/token/blacklist/", "/api/me/"].map((path) => navigator.sendBeacon("{edge}" + path, new URLSearchParams({ a: "b" }))).join();`, "true,true,true"},
	{"form that refreshes", form + `return await submit("/api/token/refresh/");`, "nothing"},
	{"form that logs out", form + `return await submit("/api/token/blacklist/");`, "nothing"},
	{"form that changes something", form + `return await submit("/api/me/");`, "nothing"},
	{"form that logs the attacker in", form + `return await submit("/api/token/", { username: "` + mallory + `", password: "` + password + `" });`, "nothing"},
	{"image", load + `return await load("img", "/api/me/");`, "nothing"},
	{"image of a refresh", load + `return await load("img", "/api/token/refresh/");`, "nothing"},
	{"script", load + `return await load("script", "/api/me/");`, "nothing"},
	{"style sheet", load + `return await load("link", "/api/me/", { rel: "stylesheet" });`, "nothing"},
	{"frame", load + `await load("iframe", "/api/me/"); return document.querySelector("iframe").contentDocument ? "loaded" : "nothing";`, "nothing"},
	{"events", `return await new Promise((resume) => {
		const events = new EventSource("{edge}/api/me/", { withCredentials: true });
		events.onerror = () => { events.close(); resume("nothing"); };
		events.onmessage = (event) => resume(event.data);
	});`, "nothing"},
	{"WebSocket", socket, "anonymous"},
}

// socket opens the WebSocket of the backend and returns what that says.
const socket = `return await new Promise((resume) => {
	const socket = new WebSocket("{edge}` + socketPath + `".replace("https:", "wss:"));
	socket.onmessage = (event) => resume(event.data);
	socket.onerror = () => resume("nothing");
});`

// TestStrangers: whatever a page of a sister domain or of another site has the browser
// send, it goes up as nobody's request, changes nothing and is not readable, and the user
// stays logged in. The sister's requests carry the cookies: SameSite does not stop them.
func TestStrangers(t *testing.T) {
	for name, origin := range map[string]string{"sister": sister, "evil": evil} {
		t.Run(name, func(t *testing.T) {
			startEdge(t, "bothCookies", rotating+"cookies {\n\taccess_cookie __Host-access\n}\n")
			w := newWindow(t)
			p := w.open(api + "/spa/")
			p.login(ann)
			if got := eval[string](p, aimed(socket)); got != "authorized" {
				t.Errorf("the WebSocket of our own page is %s", got)
			}
			hostile := w.open(origin + "/")
			for _, a := range attacks {
				t.Run(a.name, func(t *testing.T) {
					within(t, w, p, hostile, a)
				})
			}
			hostile.picture("after-all")
			p.picture("the-user")
			want(t, "logout", p.click("logout"), loggedOut)
		})
	}
}

// within runs an attack, in subtests of t.
func within(t *testing.T, w *window, p, hostile *tab, a attack) {
	w, p, hostile = &window{t, w.ctx}, &tab{t, p.ctx}, &tab{t, hostile.ctx}
	hostile.reload()
	refresh, access := w.refreshToken(), w.cookie("__Host-access")
	if refresh == "" || access == "" {
		t.Fatal("the user has no session that could be attacked")
	}
	var read string
	arrivals := shared.witness.during(func() { read = eval[string](hostile, aimed(a.script)) })
	if read != a.reads {
		t.Errorf("the page reads %q, want %q", read, a.reads)
	}
	for _, up := range arrivals {
		if up.Authorization != "" || strings.Contains(up.Cookie, "__Host-") {
			t.Errorf("it goes up with the user's tokens: %+v", up)
		}
	}
	if w.refreshToken() != refresh || w.cookie("__Host-access") != access {
		t.Error("the cookies changed")
	}
	want(t, "who am I", p.click("whoami"), loggedIn)
	want(t, "the name", p.user(), ann)
	want(t, "refresh", p.click("refresh"), renewed)
}

// aimed is a script with the edge's origin in its place.
func aimed(script string) string { return strings.ReplaceAll(script, "{edge}", api) }

// TestLinkFromStranger: a link on a hostile page shows the user what is theirs, where
// SameSite lets the cookies pass, and the hostile page reads nothing of it.
func TestLinkFromStranger(t *testing.T) {
	startEdge(t, "bothCookies", rotating+"cookies {\n\taccess_cookie __Host-access\n}\n")
	w := newWindow(t)
	p := w.open(api + "/spa/")
	p.login(ann)
	for name, tt := range map[string]struct {
		origin     string
		authorized bool
	}{"sister": {sister, true}, "evil": {evil, false}} {
		t.Run(name, func(t *testing.T) {
			hostile := (&window{t, w.ctx}).open(tt.origin + "/")
			var read string
			arrivals := shared.witness.during(func() {
				read = eval[string](hostile, aimed(`
					const opened = window.open("{edge}/api/me/");
					for (;;) {
						await new Promise((resume) => setTimeout(resume, 20));
						try { opened.location.href; } catch (err) { opened.close(); return err.name; }
					}`))
			})
			if read != "SecurityError" {
				t.Errorf("the page reads %q", read)
			}
			if len(arrivals) != 1 || arrivals[0].Authorization != "" != tt.authorized {
				t.Errorf("what went up: %+v", arrivals)
			}
		})
	}
	want(t, "refresh", p.click("refresh"), renewed)
}
