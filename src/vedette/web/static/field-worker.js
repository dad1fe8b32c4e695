// The service worker of the field page (docs/offline.md). It answers the page, its script and its styles from its
// cache, so that the page opens without a network. None of them contains personal data.
//
// A browser that is ended while it writes to the cache may lose what it replaces. So an answer is read to its end
// first, and only what is not in the cache yet is written. The page comes last: it names the other files.
"use strict";
const SHELL = "/field/";
const refresh = async () => {
  const shell = await fetch(SHELL, { redirect: "error" }), text = await shell.clone().text();
  if (!shell.ok || !text.trimEnd().endsWith("</html>")) throw Error();
  const cache = await caches.open("field");
  const paths = [...new Set([...text.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)].map((m) => m[1]))];
  const missing = [];
  for (const path of paths) if (!await cache.match(path, { ignoreVary: true })) missing.push(path);
  const answers = await Promise.all(missing.map(async (path) => {
    const answer = await fetch(path);
    if (!answer.ok) throw Error();
    await answer.clone().arrayBuffer();
    return answer;
  }));
  await Promise.all(missing.map((path, i) => cache.put(path, answers[i])));
  const kept = await cache.match(SHELL, { ignoreVary: true });
  if (!kept || await kept.text() !== text) await cache.put(SHELL, shell);
  const wanted = [SHELL, ...paths];
  for (const old of await cache.keys()) if (!wanted.includes(new URL(old.url).pathname)) cache.delete(old);
};
addEventListener("install", (e) => { skipWaiting(); e.waitUntil(refresh()); });
addEventListener("activate", (e) => e.waitUntil(clients.claim()));
addEventListener("fetch", (e) => {
  const { request } = e, { pathname } = new URL(request.url), shell = request.mode === "navigate";
  const ours = shell ? pathname === SHELL : pathname.startsWith("/static/");
  if (!ours || request.method !== "GET") return;
  e.respondWith((async () => {
    const kept = await (await caches.open("field")).match(pathname, { ignoreVary: true });
    if (shell && kept) e.waitUntil(refresh().catch(() => {}));
    return kept || fetch(request);
  })());
});
