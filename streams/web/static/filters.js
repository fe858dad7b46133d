// What the reader has chosen: filters, view and article, all of it in the URL, so that a view can be shared.

import { byId, h, shown } from "./dom.js";

export const FIELDS = ["q", "label", "entity", "publisher", "language", "story"];
const TITLES = { q: "words", label: "label", entity: "entity", publisher: "publisher", language: "language", story: "story" };
const listeners = [];

/** Return the choice that the URL describes. */
export function choice() {
  const query = new URLSearchParams(location.search);
  const filters = new URLSearchParams();
  for (const name of FIELDS) for (const value of query.getAll(name)) if (value.trim()) filters.append(name, value);
  return { view: query.get("view") ?? "river", article: query.get("article"), filters };
}

/** Call `listener` with the new choice and the one before, whenever it changes. */
export function onChoice(listener) {
  listeners.push(listener);
}

let current = choice();

/** Change the choice: `changes` may have a view, an article (null for none) and filters. */
export function choose(changes, { replace = false } = {}) {
  const next = { ...current, ...changes };
  const query = new URLSearchParams(next.filters);
  if (next.view !== "river") query.set("view", next.view);
  if (next.article) query.set("article", next.article);
  const address = query.size ? `/?${query}` : "/";
  if (address !== location.pathname + location.search) history[replace ? "replaceState" : "pushState"](null, "", address);
  notify(next);
}

/** Set one filter, or remove it with an empty value. */
export function chooseFilter(name, value) {
  const filters = new URLSearchParams(current.filters);
  filters.delete(name);
  if (value.trim()) filters.set(name, value.trim());
  choose({ filters, view: "river" });
}

function notify(next) {
  const before = current;
  current = next;
  for (const listener of listeners) listener(next, before);
}

addEventListener("popstate", () => notify(choice()));

/** Connect the form, and the chips that show and remove what is chosen. */
export function setUpFilters() {
  const form = byId("filters");
  let waiting = 0;
  const read = () => {
    const filters = new URLSearchParams(current.filters);
    for (const name of FIELDS.slice(0, -1)) {
      const value = form.elements[name].value.trim();
      if (value === (filters.get(name) ?? "")) continue;
      filters.delete(name);
      if (value) filters.set(name, value);
    }
    if (String(filters) !== String(current.filters)) choose({ filters });
  };
  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(read, event.target.tagName === "SELECT" ? 0 : 500);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    read();
  });
  byId("more-filters").addEventListener("click", (event) => {
    event.currentTarget.setAttribute("aria-expanded", String(document.body.toggleAttribute("data-filters")));
  });
  onChoice(show);
  show(current);
}

function show(next) {
  const form = byId("filters");
  for (const name of FIELDS.slice(0, -1)) {
    const field = form.elements[name];
    const value = next.filters.get(name) ?? "";
    if (field.tagName === "SELECT" && value) offer(name, value);
    if (document.activeElement !== field) field.value = value;
  }
  const chips = [...next.filters].map(([name, value]) =>
    h(
      "button",
      { type: "button", class: "chip", "aria-label": `Remove the filter ${TITLES[name]} ${value}`, onclick: () => drop(name, value) },
      `${TITLES[name]}: `, h("bdi", {}, shown(name === "story" ? value.slice(0, 12) : value)), h("span", { "aria-hidden": "true" }, " ×"),
    ),
  );
  if (chips.length > 1)
    chips.push(h("button", { type: "button", class: "chip", onclick: () => choose({ filters: new URLSearchParams() }) }, "clear all"));
  byId("chosen").replaceChildren(...chips);
}

function drop(name, value) {
  const filters = new URLSearchParams();
  for (const [key, each] of current.filters) if (key !== name || each !== value) filters.append(key, each);
  choose({ filters });
  byId("filters").elements.q.focus();
}

const OFFERED = 200;
const offered = { label: new Set(), language: new Set(), entity: new Set(), publisher: new Set() };

/** Offer `value` as a choice of the field `name`. */
export function offer(name, value, text = value) {
  const known = offered[name];
  if (!value || known.has(value) || known.size >= OFFERED) return;
  known.add(value);
  const option = h("option", { value }, name === "label" || name === "language" ? text : "");
  const field = byId("filters").elements[name];
  if (field.tagName !== "SELECT") byId(`${name}-names`).append(option);
  else {
    const chosen = field.value;
    field.append(...[...field.options].slice(1).concat(option).sort((a, b) => a.text.localeCompare(b.text)));
    field.value = chosen;
  }
}
