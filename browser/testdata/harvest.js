// SPDX-License-Identifier: Apache-2.0
//
// The body of a function that returns all that a script of the page can read, and what
// the edge answers it.
const found = [document.cookie, location.href, document.referrer, document.documentElement.outerHTML];
found.push(JSON.stringify(localStorage), JSON.stringify(sessionStorage), JSON.stringify(history.state));
found.push(JSON.stringify(await cookieStore.getAll()), JSON.stringify(performance.getEntries()), ...(window.overheard ?? []));
for (const name of await caches.keys()) {
  const cache = await caches.open(name);
  for (const request of await cache.keys()) {
    const answer = await cache.match(request);
    found.push(request.url, ...[...request.headers].map(String), ...[...answer.headers].map(String), await answer.text());
  }
}
found.push(JSON.stringify(await indexedDB.databases()));
if (navigator.serviceWorker.controller) {
  const told = new Promise((resume) => { navigator.serviceWorker.onmessage = (event) => resume(event.data); });
  navigator.serviceWorker.controller.postMessage("");
  found.push(await told);
}
for (const path of ["/api/token/refresh/", "/api/token/refresh", "/api/token/verify/"]) {
  for (const [type, body] of [["application/json", "{}"], ["application/json", ""], ["application/json", '{"token":""}'], ["application/x-www-form-urlencoded", "a=b"]]) {
    for (const method of ["POST", "OPTIONS", "PUT"]) {
      const answer = await fetch(EDGE + path, { method, credentials: "include", headers: { "Content-Type": type, Accept: "*/*" }, body }).catch(() => null);
      if (answer) found.push(String(answer.status), answer.url, ...[...answer.headers].map(String), await answer.text());
    }
  }
}
return found.join("\n");
