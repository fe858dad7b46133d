// The river: articles as they come out, those of one story together. The page keeps a bounded number of them.

import { choose, chooseFilter, offer } from "./filters.js";
import { byId, h, number, shown, time, words } from "./dom.js";

const MOST_STORIES = 150;
const MOST_FOLDED = 15;
const ANNOUNCE_MS = 30_000;

const stories = new Map(); // by key, in no order: the list on the page has the order
const keys = new Map(); // the key of the story of each article
let pending = []; // while the reader is elsewhere
let isFollowing = true;
let total = 0;
let unannounced = 0;
let announcedAt = 0;
let chosenId = null;

const list = byId("river");
const pane = byId("river-pane");
const fresh = byId("fresh");
const button = byId("follow");

/** Forget all articles, before others come. */
export function clear(message) {
  stories.clear();
  keys.clear();
  pending = [];
  total = 0;
  list.replaceChildren();
  byId("empty").textContent = message;
  update();
}

/** Take `events` of the stream; `skipped` more have come, too fast to show. */
export function receive(events, skipped) {
  total += skipped + events.filter((event) => !event.isStory).length;
  if (isFollowing && isAtTop()) add(events);
  else {
    pending.push(...events);
    if (pending.length > MOST_STORIES * 2) pending.splice(0, pending.length - MOST_STORIES * 2);
  }
  announce(events);
  update();
}

/** Mark the article that is open. */
export function mark(articleId) {
  chosenId = articleId;
  for (const item of list.children) setCurrent(item);
}

function setCurrent(item) {
  for (const link of item.querySelectorAll("a[data-article]")) {
    if (link.dataset.article === chosenId) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function isAtTop() {
  const isOneColumn = getComputedStyle(pane).overflowY === "visible";
  const isReading = list.contains(document.activeElement) && document.activeElement !== list;
  return (isOneColumn ? scrollY : pane.scrollTop) < 80 && !isReading;
}

function add(events) {
  const changed = new Set();
  for (const { article } of events.slice(-MOST_STORIES * 2)) changed.add(place(article));
  for (const story of changed) if (stories.get(story.key) === story) draw(story);
  while (list.children.length > MOST_STORIES) remove(list.lastElementChild.dataset.key);
}

/** Put `article` into its story, and the story to the top unless the article is a reprint. Returns the story. */
function place(article) {
  const key = article.story_id ?? `article ${article.article_id}`;
  const before = keys.get(article.article_id);
  if (before !== undefined && before !== key) take(before, article.article_id);
  keys.set(article.article_id, key);
  let story = stories.get(key);
  if (!story) {
    story = { key, articles: new Map(), item: h("li", { "data-key": key }) };
    stories.set(key, story);
    list.prepend(story.item);
  } else if (before === undefined && !article.duplicate_of && story.item !== list.firstElementChild) {
    list.prepend(story.item);
  }
  story.articles.delete(article.article_id);
  story.articles.set(article.article_id, article);
  if (story.articles.size > MOST_FOLDED) {
    const [oldest] = story.articles.keys();
    story.articles.delete(oldest);
    keys.delete(oldest);
  }
  for (const label of article.labels) offer("label", label.label, label.name);
  offer("language", article.language, languageName(article.language));
  offer("publisher", article.publisher);
  for (const entity of article.entities.slice(0, 2)) offer("entity", entity.name);
  return story;
}

function take(key, articleId) {
  const story = stories.get(key);
  story?.articles.delete(articleId);
  if (story && !story.articles.size) remove(key);
  else if (story) draw(story);
}

function remove(key) {
  const story = stories.get(key);
  if (!story) return;
  for (const articleId of story.articles.keys()) keys.delete(articleId);
  story.item.remove();
  stories.delete(key);
}

function draw(story) {
  const articles = [...story.articles.values()];
  const lead = articles.findLast((article) => !article.duplicate_of) ?? articles.at(-1);
  const others = articles.filter((article) => article !== lead).reverse();
  const wasOpen = story.item.querySelector("details")?.open;
  story.item.replaceChildren(card(lead), fold(lead, others, wasOpen) ?? "");
  setCurrent(story.item);
}

function card(article) {
  return h(
    "div",
    { class: "card" },
    h("p", { class: "kicker" }, words("span", { class: "publisher" }, article.publisher ?? "no publisher"), time(article.seen_at), h("span", { lang: "en" }, article.language)),
    h("h3", {}, link(article, article.headline ?? article.opening)),
    article.headline && article.opening ? words("p", { class: "opening" }, article.opening) : null,
    labels(article.labels),
    h("p", { class: "names" }, article.entities.slice(0, 4).map((entity) =>
      h("button", { type: "button", class: `name ${entity.type}`, title: `show articles with this name`, onclick: () => chooseFilter("entity", entity.name) },
        h("span", { class: "type" }, entity.type), h("bdi", {}, shown(entity.name))))),
  );
}

function labels(each) {
  if (!each.length) return null;
  return h("ul", { class: "labels", "aria-label": "Labels" }, each.map((label) =>
    h("li", {}, h("button", { type: "button", title: "show articles with this label", onclick: () => chooseFilter("label", label.label) },
      shown(label.name), h("b", {}, number(label.score, 3))))));
}

function link(article, text) {
  const open = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    choose({ article: article.article_id });
  };
  const address = `/?article=${encodeURIComponent(article.article_id)}`;
  return h("a", { href: address, dir: "auto", "data-article": article.article_id, onclick: open }, h("bdi", {}, shown(text || "no headline")));
}

function fold(lead, others, isOpen) {
  if (!others.length) return null;
  const all = Math.max(lead.story?.articles ?? 0, others.length + 1);
  const reprints = others.filter((article) => article.duplicate_of).length;
  const note = reprints ? `, ${reprints} of them ${reprints === 1 ? "a reprint" : "reprints"}` : "";
  return h(
    "details",
    { class: "fold", open: isOpen },
    h("summary", {}, `${number(all - 1)} more in this story${note}`),
    h("ul", {}, others.map((article) =>
      h("li", {}, h("span", { class: "kind" }, article.duplicate_of ? "reprint" : article.is_update ? "update" : "also"),
        words("span", { class: "publisher" }, article.publisher ?? "no publisher"), " ", link(article, article.headline ?? article.opening)))),
    h("button", { type: "button", class: "plain", onclick: () => chooseFilter("story", lead.story_id) }, "Follow this story"),
  );
}

function update() {
  byId("empty").hidden = list.children.length > 0;
  byId("tally").textContent = total ? `${number(total)} article${total === 1 ? "" : "s"}` : "";
  const count = pending.filter((event) => !event.isStory).length;
  const many = count >= MOST_STORIES * 2 - 1 ? "many" : number(count);
  fresh.hidden = !count || !isFollowing;
  fresh.textContent = `${many} new ↑`;
  button.textContent = isFollowing ? "Pause" : count ? `Follow (${many} new)` : "Follow";
  button.setAttribute("aria-pressed", String(isFollowing));
}

function announce(events) {
  unannounced += events.filter((event) => !event.isStory).length;
  const now = Date.now();
  if (!isFollowing || !unannounced || now - announcedAt < ANNOUNCE_MS) return;
  if (announcedAt) byId("announcer").textContent = `${unannounced} new article${unannounced === 1 ? "" : "s"}`;
  announcedAt = now;
  unannounced = 0;
}

function flush() {
  const events = pending;
  pending = [];
  add(events);
  update();
}

/** Pause or follow. */
export function toggle() {
  isFollowing = !isFollowing;
  if (isFollowing) showNew();
  update();
}

function showNew() {
  if (list.contains(document.activeElement)) pane.focus();
  pane.scrollTop = 0;
  if (getComputedStyle(pane).overflowY === "visible") scrollTo({ top: 0 });
  flush();
}

/** Move the focus to the next (1) or previous (-1) article. */
export function step(by) {
  const links = [...list.querySelectorAll("h3 a")];
  const at = links.indexOf(document.activeElement);
  const current = at >= 0 ? at : links.findIndex((each) => each.dataset.article === chosenId);
  const next = links[Math.min(links.length - 1, Math.max(0, current + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

const LANGUAGES = new Intl.DisplayNames(undefined, { type: "language", fallback: "code" });

function languageName(code) {
  try {
    return LANGUAGES.of(code);
  } catch {
    return code;
  }
}

button.addEventListener("click", toggle);
fresh.addEventListener("click", showNew);
for (const target of [pane, globalThis]) {
  target.addEventListener("scroll", () => pending.length && isFollowing && isAtTop() && flush(), { passive: true });
}
list.addEventListener("focusout", () => setTimeout(() => pending.length && isFollowing && isAtTop() && flush(), 0));
