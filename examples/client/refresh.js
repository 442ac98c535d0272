// SPDX-License-Identifier: Apache-2.0
//
// A client for tokens that are refreshed at the edge: copy it into your page. One refresh
// is in flight at a time, in all tabs together. A refresh without an answer is repeated
// with the same token: set reuse_grace longer than `patience` and a pause together. The
// grace also covers a tab to which localStorage shows late what another one wrote.

const patience = 3000; // for one answer, in ms
const attempts = 5;
const longestPause = 4; // in s, whatever Retry-After says
const unanswered = [425, 502, 503, 504]; // of the edge, or of a proxy in front of it

const stored = {
  read: () => JSON.parse(localStorage.getItem("tokens") ?? "{}"),
  write: (tokens) => localStorage.setItem("tokens", JSON.stringify(tokens)),
};
let memory;

// Both tokens in bodies. They lie where each script of this origin can read them.
export const bodies = { ...stored, credentials: "same-origin", next: (now, answer) => ({ ...now, ...answer }) };
// The refresh token in a cookie, the access token in the memory of this tab. A refresh
// token in localStorage is from an edge without cookies: it is sent until `adopt` takes it.
export const refreshCookie = {
  credentials: "include",
  next: (now, answer) => answer,
  read: () => (stored.read().refresh ? stored.read() : memory ?? {}),
  write: ({ refresh, ...rest }) => {
    memory = refresh ? undefined : rest;
    if (refresh) stored.write({ refresh, ...rest });
    else localStorage.removeItem("tokens");
  },
};
// Both in cookies (access_cookie). Only the time of the last refresh lies in localStorage.
export const bothCookies = { ...stored, credentials: "include", next: (now, answer) => answer };

export function tokenClient(wire, { api = "", obtain = "/api/token/", renew = "/api/token/refresh/", revoke = "/api/token/blacklist/" } = {}) {
  const post = async (path, body) => {
    const answer = await fetch(api + path, {
      method: "POST", credentials: wire.credentials, signal: AbortSignal.timeout(patience),
      headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    const text = await answer.text(); // an answer that breaks off is none
    return { status: answer.status, ok: answer.ok, after: answer.headers.get("Retry-After"), json: () => JSON.parse(text) };
  };
  const repeat = async (path, { refresh }) => {
    for (let attempt = 1; ; attempt++) {
      const answer = await post(path, { refresh }).catch(() => null);
      if (answer && !unanswered.includes(answer.status)) return answer;
      if (attempt === attempts) throw new Error(`${path} does not answer: try again later`); // nobody is logged out
      const seconds = Math.min(Number(answer?.after) || 1, longestPause) + Math.random();
      await new Promise((resume) => setTimeout(resume, seconds * 1000));
    }
  };
  const alone = (task) => navigator.locks.request("token-refresh", task);
  const keep = (now, answer) => wire.write({ ...wire.next(now, answer.json()), at: Date.now() }); // before one is used
  const drop = (path, { status }) => { // 400: no token was sent; 401: it is worth nothing
    if (![200, 400, 401].includes(status)) throw new Error(`${path} answers ${status}`);
    wire.write({});
  };

  const login = (credentials) => alone(async () => {
    const answer = await post(obtain, credentials);
    if (answer.ok) keep({}, answer);
    return answer.ok;
  });
  // refresh renews the tokens unless others than `used` came meanwhile. It reports whether somebody is logged in.
  const refresh = (used = wire.read()) => alone(async () => {
    const now = wire.read();
    if (now.at && now.at !== used.at) return true;
    const answer = await repeat(renew, now);
    if (answer.ok) keep(now, answer);
    else drop(renew, answer);
    return answer.ok;
  });
  const logout = () => alone(async () => drop(revoke, await repeat(revoke, wire.read())));
  // request is fetch for the API: a 401 is followed by a refresh and the same request again.
  const request = async (path, init = {}, again = true) => {
    const used = wire.read();
    const headers = new Headers(init.headers);
    if (used.access) headers.set("Authorization", `Bearer ${used.access}`);
    const answer = await fetch(api + path, { credentials: wire.credentials, ...init, headers });
    return answer.status === 401 && again && (await refresh(used)) ? request(path, init, false) : answer;
  };
  return { login, refresh, logout, request };
}
