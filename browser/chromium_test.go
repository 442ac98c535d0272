// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package browser

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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
		chromedp.ExecPath("chromium"), chromedp.Flag("disable-gpu", true), chromedp.UserDataDir(dir),
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

// cookies returns what the browser keeps, HttpOnly or not.
func (w *window) cookies() []*network.Cookie {
	w.t.Helper()
	id := chromedp.FromContext(w.ctx).BrowserContextID
	got, err := chromedp.CallBrowser(w.ctx, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: id})
	if err != nil {
		w.t.Fatal(err)
	}
	return got.Cookies
}

// cookie returns the value of a cookie of the edge's host alone; empty if there is none.
func (w *window) cookie(name string) string {
	w.t.Helper()
	for _, c := range w.cookies() {
		if c.Name == name && c.Domain == strings.TrimPrefix(api, "https://") {
			return c.Value
		}
	}
	return ""
}

// refreshToken returns the value of the refresh cookie; empty if there is none.
func (w *window) refreshToken() string {
	w.t.Helper()
	return w.cookie("__Host-refresh")
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
	if err := chromedp.Do(ctx); err != nil { // not with a time limit, which would be the limit of the tab
		w.t.Fatal(err)
	}
	for _, script := range first {
		if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}); err != nil {
			w.t.Fatal(err)
		}
	}
	p.load(url)
	return p
}

// load navigates to a page as if the user typed its address.
func (p *tab) load(url string) {
	p.t.Helper()
	p.navigated(func(ctx context.Context) error {
		got, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: url})
		if err == nil && got.ErrorText != "" {
			err = errors.New(got.ErrorText)
		}
		return err
	})
}

// reload loads the page anew.
func (p *tab) reload() {
	p.t.Helper()
	p.navigated(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, page.Reload, page.ReloadParams{})
		return err
	})
}

// navigated waits until another document than the one before is complete.
func (p *tab) navigated(start func(context.Context) error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("window.before = true"))
	if err == nil {
		err = start(ctx)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	// An evaluation fails while one document makes room for the next.
	for complete := false; !complete; time.Sleep(10 * time.Millisecond) {
		complete, err = chromedp.Run(ctx, chromedp.Evaluate[bool](`!window.before && document.readyState === "complete"`))
		if ctx.Err() != nil {
			p.t.Fatalf("the page does not load: %v", err)
		}
	}
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

// together runs a script in all tabs at one time, and returns what each returned.
func together[T any](tabs []*tab, body string) []T {
	values, errs := make([]T, len(tabs)), make([]error, len(tabs))
	var all sync.WaitGroup
	for i, p := range tabs {
		all.Go(func() { values[i], errs[i] = try[T](p, body) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		tabs[0].t.Fatal(err)
	}
	return values
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
