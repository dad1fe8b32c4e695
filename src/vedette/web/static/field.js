// The field page (docs/offline.md).
"use strict";
(() => {
const SHELL = "/field/";

const $ = (id) => document.getElementById(id), T = JSON.parse($("texts").textContent);
const say = (key, values) => T[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const set = (id, text) => { $(id).textContent = text; };
const hide = (id, yes) => { $(id).hidden = yes; };
const make = (tag, values, ...inside) => {
  const one = Object.assign(document.createElement(tag), values);
  one.append(...inside);
  return one;
};
const input = (tag, values, ...inside) => make(tag, { className: "ctl", autocomplete: "off", ...values }, ...inside);
const button = (className, textContent, onclick, more) => make("button", { type: "button", className, textContent, onclick, ...more });
const low = (key, onclick) => button("btn low sm", T[key], onclick);
const tag = (key) => make("span", { className: "tag", textContent: T[key] });
const line = (f, label, one) => make("p", { className: "f", id: `f-${f}` }, make("label", { htmlFor: `v-${f}` }, ...label), one);
const begin = (one) => { amends = null; return show(one); };
const clock = (at) => new Date(at).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" });
const iso = () => new Date().toISOString(), short = (id) => id.slice(-6);
const link = (id) => make("a", { className: "online", href: `/entries/${id}/`, textContent: T.next });
const utf8 = (text) => new TextEncoder().encode(text);
const hex = (bytes) => [...new Uint8Array(bytes)].map((b) => b.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
const join = (...parts) => {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  parts.reduce((at, p) => (all.set(p, at), at + p.length), 0);
  return all;
};
const pick = (names, values) => Object.fromEntries(names.map((n) => [n, values[n] || ""]));

// The database. `people`: encrypted keys. `kept`: forms, drafts and last values, under this key.
// `queue`: sealed entries. `sent`: numbers that the server acknowledged.
let base;
const opened = () => new Promise((done, fail) => {
  const asked = indexedDB.open("field", 1);
  asked.onupgradeneeded = () => ["people", "kept", "queue", "sent"].forEach((n) => asked.result.createObjectStore(n, { keyPath: "id" }));
  asked.onsuccess = () => done(asked.result);
  asked.onerror = fail;
});
const run = (stores, work, mode = "readwrite") => new Promise((done, fail) => {
  const change = base.transaction(stores, mode, { durability: "strict" }), asked = work((name) => change.objectStore(name));
  change.oncomplete = () => done(asked.result);
  change.onabort = fail;
});
const put = (store, row) => run(store, (s) => s(store).put(row));
const drop = (store, id) => run(store, (s) => s(store).delete(id));
const get = (store, id) => run(store, (s) => s(store).get(id), "readonly");
const all = async (store) => (await run(store, (s) => s(store).getAll(), "readonly")).sort((a, b) => a.made < b.made ? -1 : 1);

// The passphrase opens the key of a person. Entries are sealed to the key of the installation.
const { subtle } = crypto, AES = { name: "AES-GCM", length: 256 }, USES = ["encrypt", "decrypt"];
const random = (n) => crypto.getRandomValues(new Uint8Array(n));
const raw = (bytes, name, uses) => subtle.importKey("raw", bytes, name, false, uses);
const fromPhrase = async (phrase, salt) => subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt, iterations: 600000 },
  await raw(utf8(phrase.normalize("NFC")), "PBKDF2", ["deriveKey"]), AES, false, USES);
const lockWith = async (secret, bytes) => { const iv = random(12); return { iv, data: await subtle.encrypt({ ...AES, iv }, secret, bytes) }; };
const openWith = async (secret, row) => new Uint8Array(await subtle.decrypt({ ...AES, iv: row.iv }, secret, row.data));
const seal = async (to, bytes) => {
  const X = { name: "X25519" }, pair = await subtle.generateKey(X, false, ["deriveBits"]);
  const once = new Uint8Array(await subtle.exportKey("raw", pair.publicKey)), theirs = unhex(to.public);
  const shared = await subtle.deriveBits({ ...X, public: await raw(theirs, X, []) }, pair.privateKey, 256);
  const secret = await subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt: join(once, theirs), info: utf8("vedette field 1") },
    await raw(shared, "HKDF", ["deriveKey"]), AES, false, USES);
  const head = join(utf8("VF1"), [to.id.length], utf8(to.id), once);
  return join(head, new Uint8Array(await subtle.encrypt({ ...AES, iv: new Uint8Array(12), additionalData: head }, secret, bytes)));
};
// A head in JSON with photographs behind it (`formats/field_entries.py`). Drafts are alike.
const pack = (head, shots) => {
  const text = utf8(JSON.stringify({ ...head, photographs: shots.map((p) => p.length) })), size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, text.length);
  return join(size, text, ...shots);
};
const unpack = (bytes) => {
  let at = 4 + new DataView(bytes.buffer).getUint32(0);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, at)));
  return { ...head, photographs: head.photographs.map((n) => bytes.slice(at, at += n)) };
};

// What the server said (`online`), who unlocked the page (`me`, `key`), who is asked (`asks`).
let online, me, key, asks, state, form, shots = [], amends, since, tried, refused, fresh, busy, locking, turn = 0;
const secret = async (name, head, shots = []) => ({ id: `${me}:${name}`, ...await lockWith(key, pack(head, shots)) });
const keep = async (...row) => put("kept", await secret(...row));
const kept = async (name) => { const row = await get("kept", `${me}:${name}`); return row && unpack(await openWith(key, row)); };

// A dead network does not refuse: a request ends after a minute.
const call = (path, more) => fetch(SHELL + path, { redirect: "manual", signal: AbortSignal.timeout(60000), ...more });
const ask = async () => {
  tried = Date.now();
  try {
    const answer = await call("state.json");
    if (answer.status >= 500) throw Error();
    online = answer.ok ? await answer.json() : { out: true };
    since = null;
  } catch { online = null; since ??= tried; }
};
const unlock = async (phrase) => {
  for (const one of await all("people")) {
    if (online?.owner && one.id !== online.owner) continue;
    try {
      key = await raw(await openWith(await fromPhrase(phrase, one.salt), one), AES, USES);
      me = one.id;
      return true;
    } catch { /* of another person */ }
  }
};
const enrol = async (phrase) => {
  const salt = random(16), bytes = random(32);
  await put("people", { id: online.owner, salt, ...await lockWith(await fromPhrase(phrase, salt), bytes) });
  key = await raw(bytes, AES, USES);
  me = online.owner;
};

// Sending. An acknowledgement of id and hash removes the entry from the device.
const deliver = async ({ id, owner, size, hash, made, data }) => {
  let from = size > 65536 ? -1 : 0;
  for (let turns = 500; turns--;) {
    const told = new URLSearchParams({ id, owner, size, hash, made, now: iso(), from: Math.max(from, 0) });
    const answer = await call(`send/?${told}`, from >= 0 && {
      method: "POST", body: data.slice(from, from + 65536), headers: { "X-CSRFToken": online["X-CSRFToken"], "Content-Type": "application/octet-stream" } });
    if (answer.status >= 400) return say("not_taken", { n: answer.status });
    const said = await answer.json();
    if (said.problem) return said.problem;
    if (said.stored && said.id === id && said.hash === hash) {
      await run(["queue", "sent"], (s) => { s("queue").delete(id); return s("sent").put({ id, owner, made: iso() }); });
      $("told").replaceChildren(say("received", { id: short(id) }), " ", link(id));
      return "";
    }
    from = said.have;
  }
};
const send = () => navigator.locks.request("field", { ifAvailable: true }, async (lock) => {
  if (!lock) return;
  await ask();
  refused = "";
  try {
    for (const row of await all("queue")) {
      if (!online || row.owner !== online.owner) continue;
      refused = await deliver(row) || refused;
      await status();
    }
  } catch { await ask(); }
  for (const old of (await all("sent")).slice(0, -20)) await drop("sent", old.id);
  await status();
});

const status = async () => {
  const rows = await all("queue"), who = online?.owner || me, own = who ? rows.filter((r) => r.owner === who) : rows, n = own.length, others = rows.length - n;
  set("net", online?.owner ? say("connected", { who: online.name, at: clock(tried) }) : online ? T[n ? "signed_out" : "unsigned"] : say("no_network", { at: clock(since) }));
  hide("sign-in", !online?.out);
  hide("try", online?.owner && !n);
  document.body.classList.toggle("alone", !online);
  set("waiting", n ? say(n > 1 ? "wait" : "waits", { n, at: clock(own[0].made) }) : T.nothing_waits);
  set("others", others ? say("others", { n: others }) : "");
  set("refused", refused || "");
  hide("save", !rows.length);
  const item = (row, what) => make("li", {}, make("span", {}, `e-${short(row.id)} ${clock(row.made)} `, tag(what)),
    make("span", {}, ...what === "arrived" ? [link(row.id)] : [], ...(row.owner === me ? ["correct", "withdraw"] : []).map((each) => low(each, () => change(row.id, each)))));
  const sent = (await all("sent")).filter((r) => r.owner === who).reverse();
  $("queue").replaceChildren(...who ? own.map((r) => item(r, "sealed")) : [], ...sent.map((r) => item(r, "arrived")));
  hide("lists", !$("queue").children.length);
};
const change = async (id, what) => {
  const row = await kept(`entry:${id}`), used = row && state.forms.find((f) => f.key === row.form);
  if (!used) return set("told", T.form_gone);
  amends = { id, what };
  await show(used);
  $("form").scrollIntoView();
};

const typed = () => Object.fromEntries([...new FormData($("form"))].filter(([, v]) => v));
const conditions = () => {
  const values = { ...form.preset, ...typed() };
  for (const f of form.fields) {
    const part = f.condition && $(`f-${f.id}`);
    if (!part) continue;
    part.hidden = !f.condition[1].includes(values[f.condition[0]]);
    $(`v-${f.id}`).disabled = part.hidden;
  }
};
const control = (f, value) => {
  const plain = { id: `v-${f.id}`, name: f.id, required: f.required };
  if (!f.choices.length) return input(f.long ? "textarea" : "input", { ...plain, maxLength: f.length || 4000, ...f.input, value });
  const one = input("select", plain, ...[["", T.choose], ...f.choices].map(([code, word]) => new Option(word, code)));
  one.value = value;
  return one;
};
const show = async (next, whole, given) => {
  const mine = ++turn;
  await save();
  const draft = !amends && await kept(`draft:${next.key}`), last = await kept(`last:${next.target}`) || {};
  // Another form was chosen.
  if (mine !== turn || !key) return;
  form = next;
  const withdrawal = amends?.what === "withdraw";
  const values = { controls: "1", happened: new Date().toLocaleString("sv").slice(0, 16).replace(" ", "T"),
    ...pick(form.kept, last), ...draft?.values, ...given };
  shots = draft?.photographs || [];
  const fields = form.fields.filter((f) => !withdrawal && !(f.id in form.preset) && (whole || f.short || values[f.id]));
  set("form-title", amends ? say(withdrawal ? "withdrawing" : "correcting", { id: short(amends.id) }) : form.title);
  set("group", form.group);
  $("fields").replaceChildren(...fields.map((f) => line(f.id, [f.label, f.required ? ` ${T.required} ` : " ", f.nominal ? tag("nominal") : ""], control(f, values[f.id] || ""))),
    ...amends ? [line("-why", [T.why], input("input", { id: "v--why", required: true, maxLength: 500 }))] : []);
  hide("cancel", !amends);
  hide("whole", whole || withdrawal || form.fields.every((f) => f.short));
  hide("pictures-part", withdrawal);
  set("drafted", draft ? say("draft_of", { at: clock(draft.at) }) : "");
  for (const b of $("tabs").children) b.ariaPressed = b.value === form.key && !amends;
  conditions();
  await pictures();
};
// Drafts are written in turn: an older one never replaces a newer one.
let saving, unsaved, writing = Promise.resolve();
const save = () => {
  clearTimeout(saving);
  const now = unsaved;
  unsaved = null;
  return writing = writing.then(async () => {
    if (!now || !key) return;
    await keep(`draft:${now.key}`, { values: now.values, at: Date.now() }, now.shots);
    set("drafted", say("draft_of", { at: clock(Date.now()) }));
    set("lost", "");
  }).catch(full);
};
const full = () => set("lost", T.not_kept);
const changed = async (redraw) => {
  conditions();
  clearTimeout(saving);
  if (!amends) unsaved = { key: form.key, values: typed(), shots };
  if (!redraw) saving = setTimeout(save, 300);
  else await save(), await pictures();
};
const submit = async () => {
  await save();
  const values = { ...form.preset, ...typed() }, id = crypto.randomUUID(), made = iso(), { kind, target, template } = form;
  const bytes = await seal(state.key, pack({
    id, owner: me, made, kind, target, form: form.form, template, zone: Intl.DateTimeFormat().resolvedOptions().timeZone, values,
    what: amends?.what || "new", ...amends && { amends: amends.id, why: $("v--why").value } }, shots));
  const hash = hex(await subtle.digest("SHA-256", bytes)), draft = `${me}:draft:${form.key}`;
  const rows = [await secret(`entry:${id}`, { form: form.key }), await secret(`last:${target}`, pick(form.kept, values))];
  await run(["queue", "kept"], (s) => {
    rows.map((row) => s("kept").put(row));
    if (!amends) s("kept").delete(draft);
    return s("queue").put({ id, owner: me, made, size: bytes.length, hash, data: bytes.buffer });
  });
  set("told", say("queued", { id: short(id) }));
  await begin(form);
  await status();
  $("told").scrollIntoView();
  send();
};

// Photographs are drawn anew, smaller: only the picture is left.
const drawn = async (blob) => {
  const bitmap = await createImageBitmap(blob), scale = Math.min(1, 1600 / Math.max(bitmap.width, bitmap.height));
  const canvas = make("canvas", { width: Math.ceil(bitmap.width * scale), height: Math.ceil(bitmap.height * scale) });
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
};
const jpeg = async (canvas) => new Uint8Array(await (await new Promise((done) => canvas.toBlob(done, "image/jpeg", .8))).arrayBuffer());
const picture = (canvas, n) => {
  const pen = canvas.getContext("2d"), whole = pen.getImageData(0, 0, canvas.width, canvas.height), unit = canvas.width / 20;
  let box;
  const draw = () => { pen.putImageData(whole, 0, 0); pen.fillRect(...box); };
  const fix = async () => { shots = shots.with(n, await jpeg(canvas)); await changed(true); };
  const at = (e) => [e.offsetX * canvas.width / canvas.clientWidth, e.offsetY * canvas.height / canvas.clientHeight];
  return Object.assign(canvas, { tabIndex: 0, role: "img", ariaLabel: say("picture", { n: n + 1 }),
    onpointerdown: (e) => { canvas.setPointerCapture(e.pointerId); box = [...at(e), 0, 0]; },
    onpointermove: (e) => { if (!box || !e.buttons) return; const [x, y] = at(e); box.splice(2, 2, x - box[0], y - box[1]); draw(); },
    onpointerup: () => { if (box?.[2] && box[3]) fix(); },
    onkeydown: (e) => {
      const step = { ArrowLeft: [-unit, 0], ArrowRight: [unit, 0], ArrowUp: [0, -unit], ArrowDown: [0, unit], Enter: [0, 0] }[e.key];
      if (!step) return;
      e.preventDefault();
      if (e.key === "Enter" && box) return fix();
      box ||= [8 * unit, 8 * unit, 4 * unit, 4 * unit];
      for (const i of [0, 1]) box[i + (e.shiftKey ? 2 : 0)] += step[i];
      draw();
    } });
};
const pictures = async () => {
  const of = shots, shown = await Promise.all(of.map((bytes) => drawn(new Blob([bytes]))));
  if (of !== shots) return;
  $("pictures").replaceChildren(...shown.map((canvas, n) => make("li", {}, picture(canvas, n),
    low("remove", () => { shots = shots.toSpliced(n, 1); changed(true); }))));
  set("shot-n", say("pictures_n", { n: shots.length }));
};

// The service worker finds safety cards. Older answers are not shown.
const find = async ({ target }) => {
  const q = target.value, answer = await fetch(`${SHELL}cards/?q=${encodeURIComponent(q)}`), found = answer.ok ? await answer.json() : [];
  if (q === target.value) $("cards").replaceChildren(...found.map((card) => make("li", {}, make("b", {}, card.title), ...card.lines.map((text) => make("p", {}, text)))));
};

const part = (shown) => ["locked", "enter", "no-forms", "first"].forEach((id) => hide(id, id !== shown));
const entered = async () => {
  if (online?.owner === me) await keep("state", { ...online, "X-CSRFToken": "" });
  state = await kept("state");
  const forms = state?.forms || [];
  part(forms.length ? "enter" : "no-forms");
  $("tabs").replaceChildren(...forms.map((f) => button("btn", f.title, () => f === form && !amends || begin(f), { value: f.key })));
  if (forms.length) await show(forms[0]);
  await status();
};
const lock = () => locking = close();
const close = async () => {
  await save();
  key = me = state = form = amends = null;
  turn++;
  asks = online?.owner;
  const people = await all("people"), known = people.some((p) => p.id === online?.owner);
  fresh = online?.owner && !known;
  $("fields").replaceChildren();
  $("pictures").replaceChildren();
  part(people.length || online?.owner ? "locked" : "first");
  set("phrase-t", fresh ? T.choose_phrase : T.unlock);
  hide("phrase-h", !fresh);
  hide("forgot", !known);
  await status();
};

const again = async () => { await send(); if (!busy && online?.owner && online.owner !== (me || asks)) await lock(); };
const handle = () => {
  $("unlock").onsubmit = async (e) => {
    e.preventDefault();
    if (busy) return;
    busy = true;
    try {
      await locking;
      const phrase = $("phrase").value;
      set("wrong", "");
      if (fresh && phrase.length < 10) return set("wrong", T.short_phrase);
      if (fresh) await enrol(phrase);
      else if (!await unlock(phrase)) return set("wrong", T.wrong_phrase);
      $("phrase").value = "";
      await entered();
    } catch { full(); } finally { busy = false; }
  };
  $("forgot").onclick = async () => {
    if (!confirm(T.forget)) return;
    await drop("kept", IDBKeyRange.bound(online.owner, `${online.owner}~`));
    await drop("people", online.owner);
    await lock();
  };
  $("lock").onclick = lock;
  let idle;
  onpointerdown = onkeydown = () => { clearTimeout(idle); idle = setTimeout(lock, 9e5); };
  $("try").onclick = again;
  $("form").onsubmit = async (e) => { e.preventDefault(); $("form").inert = true; await submit().catch(full); $("form").inert = false; };
  $("form").oninput = () => changed();
  $("whole").onclick = () => show(form, true, typed());
  $("cancel").onclick = () => begin(form);
  $("photo").onchange = async ({ target }) => {
    for (const file of target.files) {
      if (shots.length > 4) { set("told", T.five); break; }
      try { shots = [...shots, await jpeg(await drawn(file))]; } catch { set("told", T.no_picture); }
    }
    target.value = "";
    await changed(true);
  };
  if ($("card")) $("card").oninput = find;
  $("save").onclick = async () => {
    const parts = ["vedette field entries 1\n"];
    for (const { data, ...row } of await all("queue")) parts.push(`${JSON.stringify(row)}\n`, data);
    make("a", { href: URL.createObjectURL(new Blob(parts)), download: `vedette-${iso().slice(0, 10)}.vfe` }).click();
  };
};
const start = async () => {
  if (!subtle || !navigator.serviceWorker || !navigator.locks) return set("net", T.old_browser);
  base = await opened();
  handle();
  navigator.serviceWorker.register(`${SHELL}worker.js`, { scope: SHELL }).catch(() => set("offline", T.no_worker));
  navigator.serviceWorker.ready.then(() => set("offline", T.works_offline));
  navigator.storage.persist().then((yes) => set("persist", yes ? T.persisted : T.not_persisted));
  await ask();
  await lock();
  addEventListener("online", again);
  setInterval(again, 15000);
  await again();
};
start();
})();
