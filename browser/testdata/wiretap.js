// SPDX-License-Identifier: Apache-2.0
//
// Runs before the scripts of a page, as injected code can: it keeps the URL, the headers
// and the body of each request and answer of fetch and XMLHttpRequest.
window.overheard = [];
const plain = window.fetch;
window.fetch = async (...args) => {
  const request = new Request(...args);
  window.overheard.push(request.url, ...[...request.headers].map(String), await request.clone().text());
  const answer = await plain(request);
  window.overheard.push(...[...answer.headers].map(String), await answer.clone().text());
  return answer;
};
