// Elements, and text that is always text: nothing here parses markup.

/** Return a new element. Properties are attributes; `class`, `on…` handlers and `data-…` work as expected. */
export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** Return a new SVG element. */
export function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), properties, children);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

// Characters without a shape, which can hide or reorder what a reader sees. A joiner between letters of a
// script that needs it, or within an emoji, is part of the word.
const UNSEEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff]|[\u{e0000}-\u{e007f}]/gu;
const JOINED = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f\p{Script=Arabic}\p{M}]/u;

/** Return `text` as a fragment in which unseen characters are shown by their number. */
export function shown(text) {
  const fragment = document.createDocumentFragment();
  let end = 0;
  for (const match of String(text).matchAll(UNSEEN)) {
    const before = [...text.slice(Math.max(0, match.index - 2), match.index)].at(-1) ?? "";
    const isJoiner = match[0] === "\u200d" || match[0] === "\u200c";
    if (isJoiner && JOINED.test(before)) continue;
    if (match.index > end) fragment.append(text.slice(end, match.index));
    const code = match[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    fragment.append(h("span", { class: "unseen-character", title: `unseen character U+${code}` }, code));
    end = match.index + match[0].length;
  }
  fragment.append(end ? text.slice(end) : String(text));
  return fragment;
}

/** Return an element with `text`, whose direction does not reach beyond it. */
export function words(tag, properties, text) {
  return h(tag, { dir: "auto", ...properties }, h("bdi", {}, shown(text ?? "")));
}

/** Return a link to another site, or plain text if `url` is not a web address. */
export function outward(url, text) {
  let target = null;
  try {
    target = new URL(url);
  } catch {
    /* not an address */
  }
  if (!target || !["http:", "https:"].includes(target.protocol)) return words("span", {}, text);
  return h("a", { href: target.href, rel: "noopener noreferrer external", target: "_blank" }, h("bdi", {}, shown(text)));
}

/** Return a table; `rows` are lists of cells, `numbers` the places of columns with numbers. */
export function table(caption, headings, rows, numbers = []) {
  const side = (place) => (numbers.includes(place) ? "number" : null);
  return h(
    "div",
    { class: "table", role: "region", "aria-label": caption, tabindex: "0" },
    h(
      "table",
      {},
      h("caption", {}, caption),
      h("thead", {}, h("tr", {}, headings.map((text, place) => h("th", { scope: "col", class: side(place) }, text)))),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h("tr", {}, row.map((cell, place) =>
            place === 0 ? h("th", { scope: "row", class: side(0) }, cell) : h("td", { class: side(place) }, cell))),
        ),
      ),
    ),
  );
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** Return a time element: the clock of today, else the day too. */
export function time(value, { long = false } = {}) {
  const date = new Date(value);
  if (!value || Number.isNaN(date.getTime())) return null;
  const today = new Date().toDateString() === date.toDateString();
  return h("time", { datetime: date.toISOString(), title: DAY.format(date) }, (today && !long ? CLOCK : DAY).format(date));
}

export const number = (value, digits = 0) =>
  value === null || value === undefined
    ? "–"
    : value.toLocaleString(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** Return `milliseconds` as people say it. */
export function span(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return "–";
  const seconds = milliseconds / 1000;
  if (seconds < 1) return `${Math.round(milliseconds)} ms`;
  if (seconds < 100) return `${number(seconds, 1)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${number(seconds / 3600, 1)} h`;
}

/** Return `address` answered as JSON. Throws an Error with the server's message. */
export async function ask(address, options = {}) {
  const response = await fetch(address, options);
  const isJson = (response.headers.get("content-type") ?? "").startsWith("application/json");
  const body = isJson ? await response.json() : null;
  if (!response.ok) throw Object.assign(new Error(body?.message ?? `the server answered ${response.status}`), { status: response.status });
  return body;
}
