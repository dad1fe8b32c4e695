// The service worker of the field page (docs/offline.md). It answers the page, its script, its styles and the safety
// cards from its cache, so that they open without a network. None of them contains personal data.
//
// An answer can be cut on the way. So it is read to its end first, and only what is not in the cache yet is written.
// The page comes last: it names the other files.
"use strict";
const SHELL = "/field/", CARDS = "/field/cards/";
const refresh = async () => {
  const shell = await fetch(SHELL, { redirect: "error" }), text = await shell.clone().text();
  if (!shell.ok || !text.trimEnd().endsWith("</html>")) throw Error();
  const cache = await caches.open("field");
  const paths = [...new Set([...text.matchAll(/(?:href|src)="(\/(?:static|field\/cards)\/[^"]+)"/g)].map((m) => m[1]))];
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
  cards = null;
};

// Safety cards are found by number, or by a name with typing errors.
let cards;
const plain = (text) => text.normalize("NFKD").replace(/[^\p{L}\p{N} ]/gu, "").toLowerCase().trim();
// The share of the letters that two texts have in common, in the same order.
const alike = (a, b) => {
  const row = Array(b.length + 1).fill(0);
  for (const letter of a) {
    for (let i = 0, last = 0; i < b.length; i++) {
      const above = row[i + 1];
      row[i + 1] = b[i] === letter ? last + 1 : Math.max(above, row[i]);
      last = above;
    }
  }
  return 2 * row[b.length] / (a.length + b.length || 1);
};
const readCards = async () => {
  const cache = await caches.open("field");
  const key = (await cache.keys()).find(({ url }) => new URL(url).pathname.startsWith(CARDS));
  const read = key ? await (await cache.match(key, { ignoreVary: true })).json() : [];
  return read.map(({ title, lines, names, numbers }) => ({
    shown: { title, lines }, numbers: numbers.map(plain), names: names.map((parts) => parts.map((words) => words.map(plain))) }));
};
const find = async (query) => {
  cards ??= await readCards();
  const text = plain(query.slice(0, 100)), asked = text.split(" "), number = asked.join("");
  if (!text) return [];
  const best = (words, value) => words.reduce((a, b) => value(b) > value(a) ? b : a);
  const near = (word) => Math.max(...asked.map((one) => alike(one, word)));
  const named = (parts) => {
    const name = parts.map((words) => words.length > 1 ? best(words, near) : words[0]).join(" ");
    return .7 * alike(text, name) + .3 * Math.max(...name.split(" ").map((word) => alike(text, word)));
  };
  const numbered = (one) => number.length > 3 && one.numbers.some((n) => n.startsWith(number) || number.startsWith(n));
  return cards.map((one) => ({ ...one, score: numbered(one) ? 2 : Math.max(...one.names.map(named)) }))
    .filter((one) => one.score > .5).sort((a, b) => b.score - a.score).slice(0, 3).map((one) => one.shown);
};

addEventListener("install", (e) => { skipWaiting(); e.waitUntil(refresh()); });
addEventListener("activate", (e) => e.waitUntil(clients.claim()));
addEventListener("fetch", (e) => {
  const { request } = e, { pathname, searchParams } = new URL(request.url), shell = request.mode === "navigate";
  const ours = shell ? pathname === SHELL : /^\/(static|field\/cards)\//.test(pathname);
  if (pathname === CARDS) return e.respondWith(find(searchParams.get("q") || "").then((found) => Response.json(found)));
  if (!ours || request.method !== "GET") return;
  e.respondWith((async () => {
    const kept = await (await caches.open("field")).match(pathname, { ignoreVary: true });
    if (shell && kept) e.waitUntil(refresh().catch(() => {}));
    return kept || fetch(request);
  })());
});
