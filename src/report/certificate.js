// Recomputes every lot of the list and its order in this browser, by the public contract fairdraw/1.
"use strict";

// SHA-256 (FIPS 180-4) of bytes.
const ROUND = (() => {
  const primes = [], words = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
  const fraction = (x) => Math.floor((x - Math.floor(x)) * 2 ** 32) >>> 0;
  for (const p of primes) words.push(fraction(Math.cbrt(p)));
  return { constants: words, start: primes.slice(0, 8).map((p) => fraction(Math.sqrt(p))) };
})();

function sha256(bytes) {
  const length = bytes.length, blocks = ((length + 8) >> 6) + 1;
  const padded = new Uint8Array(blocks * 64);
  padded.set(bytes);
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(length / 2 ** 29));
  view.setUint32(padded.length - 4, (length << 3) >>> 0);
  const state = Uint32Array.from(ROUND.start), w = new Uint32Array(64);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15], b = w[i - 2];
      w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUND.constants[i] + w[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((x, i) => { state[i] += x; });
  }
  const out = new DataView(new ArrayBuffer(32));
  state.forEach((x, i) => out.setUint32(4 * i, x));
  return new Uint8Array(out.buffer);
}

// The first eight bytes of the ChaCha20 block (RFC 8439) of a key of 32 bytes and an iv of 16, as a little-endian number.
function ticketOf(key, iv) {
  const start = new Uint32Array(16), keyWords = new DataView(key.buffer), ivWords = new DataView(iv.buffer);
  start.set([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]);
  for (let i = 0; i < 8; i++) start[4 + i] = keyWords.getUint32(4 * i, true);
  for (let i = 0; i < 4; i++) start[12 + i] = ivWords.getUint32(4 * i, true);
  const x = Uint32Array.from(start);
  const turn = (v, n) => (v << n) | (v >>> (32 - n));
  const quarter = (a, b, c, d) => {
    x[a] += x[b]; x[d] = turn(x[d] ^ x[a], 16);
    x[c] += x[d]; x[b] = turn(x[b] ^ x[c], 12);
    x[a] += x[b]; x[d] = turn(x[d] ^ x[a], 8);
    x[c] += x[d]; x[b] = turn(x[b] ^ x[c], 7);
  };
  for (let i = 0; i < 10; i++) {
    for (let c = 0; c < 4; c++) quarter(c, c + 4, c + 8, c + 12);
    for (let d = 0; d < 4; d++) quarter(d, 4 + ((d + 1) % 4), 8 + ((d + 2) % 4), 12 + ((d + 3) % 4));
  }
  const low = (x[0] + start[0]) >>> 0, high = (x[1] + start[1]) >>> 0;
  return (BigInt(high) << 32n) | BigInt(low);
}

const utf8 = (text) => new TextEncoder().encode(text);
const keyOf = (seed, stream) => sha256(utf8("fairdraw/1/ticket\n" + seed + "\n" + stream));
const ivOf = (id) => sha256(utf8(id)).slice(0, 16);
const hex = (ticket) => ticket.toString(16).padStart(16, "0");
const uniform = (ticket) => (Number(ticket >> 12n) + 0.5) / 2 ** 52;
const position = (ticket, arc) => {
  if (!arc) return ticket;
  const [lo, hi] = arc.map((bound) => BigInt("0x" + bound));
  return lo + ((ticket * (hi - lo + 1n)) >> 64n);
};
const rankingKey = (design, u, pi) =>
  design === "pareto" ? (u * (1 - pi)) / (pi * (1 - u)) : design === "srs" ? u : u / pi;

// Checks one row; what is wrong with it, or nothing.
function fault(row, draw, key, before) {
  const [id, , , selection, , ticket, pi, published, arc] = row;
  const own = ticketOf(key, ivOf(id));
  if (hex(own) !== ticket) return "ticket " + ticket + " ≠ " + hex(own);
  const at = position(own, arc), u = uniform(at);
  if (selection === "certain") return published === null ? "" : "key " + published + " ≠ –";
  const ranked = rankingKey(draw.design, u, pi);
  if (ranked !== published) return "ξ " + published + " ≠ " + ranked;
  const stratum = draw.strata[row[2]];
  if (draw.design === "poisson") {
    if ((u < pi) !== (selection === "drawn")) return "u " + u + ", π " + pi;
  } else if (selection === "drawn" && !(ranked <= stratum.cut)) return "ξ " + ranked + " > " + stratum.cut;
  else if (selection === "reserve" && !(ranked >= stratum.next)) return "ξ " + ranked + " < " + stratum.next;
  if (before && before.selection === selection && before.stratum === row[2]) {
    const behind = ranked > before.ranked || (ranked === before.ranked && at >= before.at);
    if (!behind) return "ξ " + ranked + " < " + before.ranked;
  }
  fault.last = { selection, stratum: row[2], ranked, at };
  return "";
}

function check(data) {
  let right = 0;
  const wrong = [];
  for (const draw of data.draws) {
    const key = keyOf(data.seed, draw.stream);
    fault.last = null;
    draw.rows.forEach((row, place) => {
      const found = fault(row, draw, key, fault.last);
      if (row[3] === "certain") fault.last = null;
      const mark = document.getElementById("mark-" + draw.place + "-" + place);
      if (mark) { mark.textContent = found ? "✗" : "✓"; mark.className = found ? "wrong" : "right"; }
      if (found) wrong.push((draw.task ? draw.task + " · " : "") + row[0] + ": " + found);
      else right += 1;
    });
  }
  const told = document.getElementById("verdict"), words = data.words;
  told.className = wrong.length ? "wrong" : "right";
  told.textContent = wrong.length
    ? words.wrong.replace("{wrong}", wrong.length).replace("{of}", wrong.length + right)
    : words.right.replace("{of}", right);
  const list = document.getElementById("faults");
  for (const text of wrong.slice(0, 50)) list.appendChild(Object.assign(document.createElement("li"), { textContent: text }));
}

// π, reason, stratum and arc of an entity in a draw. A shard has of each entity the usual reason, then π, stratum and arc by draw where
// it may be drawn, then the reason of the draws with another one.
function entry(shard, id, place) {
  if (!Object.hasOwn(shard.rows, id)) return null;
  const [usual, eligible, unusual] = shard.rows[id];
  const found = eligible[place];
  if (found) return [found[0], "", found[1], found[2] || null];
  return [0, shard.reasons[place in unusual ? unusual[place] : usual], null, null];
}

// A firm asks for its own lot.
function answer(data, id, shard) {
  const lines = [], words = data.words;
  for (const draw of data.draws) {
    const name = draw.task ? draw.task + ": " : "";
    const listed = draw.rows.find((row) => row[0] === id);
    const ticket = ticketOf(keyOf(data.seed, draw.stream), ivOf(id));
    const own = shard && entry(shard, id, draw.place);
    const pi = listed ? listed[6] : own ? own[0] : null;
    const u = uniform(position(ticket, listed ? listed[8] : own ? own[3] : null));
    let line = name + words.ticket + " " + hex(ticket);
    if (listed || own) line += ", u = " + u;
    if (pi !== null) line += ", π = " + pi;
    if (own && own[1]) line += "; " + own[1];
    if (own && own[2] !== null && draw.strata[own[2]].cut !== null && pi > 0 && pi < 1)
      line += ", ξ = " + rankingKey(draw.design, u, pi) + ", " + words.cut + " " + draw.strata[own[2]].cut;
    line += "; " + (listed ? words[listed[3]] : words.none);
    lines.push(line);
  }
  if (shard && !Object.hasOwn(shard.rows, id)) lines.push(words.unknown);
  return lines;
}

const shards = {};
window.fairdraw_shard = (name, rows, reasons) => { shards[name] = { rows, reasons }; };

function ask(data) {
  const id = document.getElementById("code").value.trim().toUpperCase();
  const out = document.getElementById("answer");
  const show = (shard) => {
    out.replaceChildren(...answer(data, id, shard).map((line) => Object.assign(document.createElement("p"), { textContent: line })));
  };
  if (!id) return;
  const name = [...sha256(utf8(id)).slice(0, 1)].map((byte) => byte.toString(16).padStart(2, "0"))[0];
  if (!data.shards || shards[name]) return show(data.shards ? shards[name] : null);
  const script = document.createElement("script");
  script.src = "certificate-data/" + name + ".js";
  script.onload = () => show(shards[name]);
  script.onerror = () => show(null);
  document.head.appendChild(script);
}

if (typeof document !== "undefined") {
  const data = JSON.parse(document.getElementById("data").textContent);
  check(data);
  document.getElementById("ask").addEventListener("submit", (event) => { event.preventDefault(); ask(data); });
  if (location.hash.startsWith("#id=")) {
    document.getElementById("code").value = decodeURIComponent(location.hash.slice(4));
    ask(data);
  }
}
