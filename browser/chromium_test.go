// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package browser

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take for one thing.
const patience = 60 * time.Second

// screenshots is where the pictures of a run are.
const screenshots = "../bin/screenshots"

// startChromium starts the browser, with a profile in dir.
func startChromium(ctx context.Context, dir string) (stop func(), err error) {
	if err := os.MkdirAll(screenshots, 0o755); err != nil {
		return nil, err
	}
	options := append(slices.Clip(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath("chromium"), chromedp.UserDataDir(dir),
		chromedp.Flag("host-resolver-rules", shared.ports.rules()),
		chromedp.Flag("ignore-certificate-errors-spki-list", shared.certificate.pin))
	ctx, stopProcess := chromedp.NewExecAllocator(ctx, options...)
	ctx, closeBrowser := chromedp.NewContext(ctx)
	shared.chromium = ctx
	return func() { closeBrowser(); stopProcess() }, chromedp.Do(ctx)
}

// window is a browser of its own, with cookies and storage that no other test sees.
type window struct {
	t   *testing.T
	ctx context.Context
}

func newWindow(t *testing.T) *window {
	t.Helper()
	ctx, cancel := chromedp.NewContext(shared.chromium, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return &window{t, ctx}
}

// cookies returns what the browser keeps, HttpOnly or not, by name and domain.
func (w *window) cookies() map[string]*network.Cookie {
	w.t.Helper()
	id := chromedp.FromContext(w.ctx).BrowserContextID
	got, err := chromedp.CallBrowser(w.ctx, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: id})
	if err != nil {
		w.t.Fatal(err)
	}
	all := map[string]*network.Cookie{}
	for _, c := range got.Cookies {
		all[c.Name+" "+c.Domain] = c
	}
	return all
}

// refreshToken returns the value of the refresh cookie; empty if there is none.
func (w *window) refreshToken() string {
	w.t.Helper()
	if c := w.cookies()["__Host-refresh api.example.test"]; c != nil {
		return c.Value
	}
	return ""
}

// tab is a page.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// open opens a page in a new tab, in which the scripts run before its own.
func (w *window) open(url string, first ...string) *tab {
	w.t.Helper()
	ctx, cancel := chromedp.NewContext(w.ctx)
	w.t.Cleanup(cancel)
	p := &tab{w.t, ctx}
	p.do(chromedp.Navigate("about:blank"))
	for _, script := range first {
		if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}); err != nil {
			w.t.Fatal(err)
		}
	}
	p.do(chromedp.Navigate(url))
	return p
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// try runs the body of an async function in the page and returns its value.
func try[T any](p *tab, body string) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T]("(async () => {"+body+"\n})()", chromedp.EvalAwaitPromise))
}

// eval is try for a script that must not throw.
func eval[T any](p *tab, body string) T {
	p.t.Helper()
	value, err := try[T](p, body)
	if err != nil {
		p.t.Fatalf("%v\n%s", err, body)
	}
	return value
}

// picture keeps a screenshot as an artefact of the run.
func (p *tab) picture(name string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(screenshots, strings.ReplaceAll(p.t.Name(), "/", "-")+"-"+name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}
