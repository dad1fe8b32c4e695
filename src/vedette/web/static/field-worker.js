// The service worker of the field page (docs/offline.md). It answers the page, its script and its styles from its
// cache, so that the page opens without a network. None of them contains personal data.
"use strict";
const SHELL = "/field/";
const refresh = async () => {
  const shell = await fetch(SHELL, { redirect: "error" });
  const found = (await shell.clone().text()).matchAll(/(?:href|src)="(\/static\/[^"]+)"/g);
  const paths = [...new Set([...found].map((m) => m[1]))];
  const answers = [shell, ...await Promise.all(paths.map((p) => fetch(p)))];
  if (!answers.every((a) => a.ok)) throw Error();
  const cache = await caches.open("field"), wanted = [SHELL, ...paths];
  await Promise.all(wanted.map((p, i) => cache.put(p, answers[i])));
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
