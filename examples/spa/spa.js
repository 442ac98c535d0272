// SPDX-License-Identifier: Apache-2.0
import * as wires from "../client/refresh.js";

const { api, wire } = document.documentElement.dataset;
const client = wires.tokenClient(wires[wire], { api });
const find = (id) => document.getElementById(id);
const tabs = new BroadcastChannel("session"); // tells the others of a login and a logout

// show shows who is logged in, or the form if nobody is.
async function show() {
  const answer = await client.request("/api/me/");
  if (!answer.ok && answer.status !== 401) throw new Error(`/api/me/ answers ${answer.status}`);
  find("login").hidden = answer.ok;
  find("session").hidden = !answer.ok;
  find("user").textContent = answer.ok ? (await answer.json()).username : "";
  return answer.ok ? "You are logged in." : "You are logged out.";
}

// when runs a job when something is clicked or submitted, and says what came of it.
function when(id, event, job) {
  find(id).addEventListener(event, async (happened) => {
    happened.preventDefault();
    say(job);
  });
}

async function say(job) {
  find("said").textContent = "...";
  find("said").textContent = await job().catch((err) => err.message);
}

when("login", "submit", async () => {
  if (!(await client.login(Object.fromEntries(new FormData(find("login")))))) return "User name and password do not fit.";
  tabs.postMessage("");
  return show();
});
when("whoami", "click", show);
when("refresh", "click", async () => ((await client.refresh()) ? "The tokens are new." : show()));
when("logout", "click", async () => {
  await client.logout();
  tabs.postMessage("");
  return show();
});
tabs.onmessage = () => say(async () => {
  await client.refresh(); // an access token in the memory of this tab would outlive the session
  return show();
});
say(show);
