// The page: which view is shown, whether the server and the broker are there, and the keys.

import { openArticle } from "./article.js";
import { drawTrends } from "./charts.js";
import { ask, byId, words } from "./dom.js";
import { choice, choose, onChoice, setUpFilters } from "./filters.js";
import { drawLetters } from "./letters.js";
import { drawPipeline } from "./pipeline.js";
import { clear, mark, receive, step, toggle } from "./river.js";
import { follow } from "./stream.js";
import { setUpTrial } from "./trial.js";

const VIEWS = ["river", "trends", "pipeline", "dead", "try"];
const LATEST = 150;
const STATE_MS = 3000;
const SLOW_MS = 12_000; // of what costs the server more, or while nobody looks

let stream = null;
let state = null;
let dead = null;
let streamState = "wait";
let slowAt = 0;
let returnTo = null;

function showView(next) {
  const view = VIEWS.includes(next.view) ? next.view : "river";
  for (const name of VIEWS) byId(`view-${name}`).hidden = name !== view;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.body.dataset.view = view;
  slowAt = 0;
  refresh();
}

function showChosen(next) {
  document.body.toggleAttribute("data-reading", Boolean(next.article));
  mark(next.article);
  if (next.article) {
    openArticle(next.article, close);
    return;
  }
  byId("reader").replaceChildren(words("p", { class: "empty" }, "Choose an article: you see why it has its labels, who is in it, and what cleanup removed."));
}

function close() {
  const articleId = choice().article;
  choose({ article: null });
  const links = [...document.querySelectorAll("#river a[data-article]")];
  (links.find((link) => link.dataset.article === articleId) ?? byId("river-pane")).focus();
  scrollTo({ top: returnTo ?? 0 });
}

function connect(filters) {
  stream?.close();
  clear(String(filters) ? "No article of these days fits the filters yet. What comes and fits appears here." : "Waiting for articles …");
  stream = follow(filters, LATEST, {
    onArticles: receive,
    onState: (next) => {
      streamState = next;
      showPulse();
    },
  });
}

onChoice((next, before) => {
  if (next.view !== before.view) showView(next);
  if (String(next.filters) !== String(before.filters)) connect(next.filters);
  if (next.article !== before.article) {
    if (next.article && !before.article) returnTo = scrollY;
    showChosen(next);
  }
});

function showPulse() {
  const problem = streamState === "away" ? "The server of this page is away. The page connects again by itself." : state?.broker.problem;
  const pulse = streamState === "away" ? "away" : state?.broker.problem ? "broker" : streamState === "live" && state?.loaded ? "live" : "wait";
  const texts = { away: "disconnected", broker: "broker away", live: "live", wait: state && !state.loaded ? "reading" : "connecting" };
  byId("pulse").dataset.state = pulse;
  if (byId("pulse-text").textContent !== texts[pulse]) byId("pulse-text").textContent = texts[pulse];
  const alarm = byId("alarm");
  alarm.hidden = !problem;
  if (problem && alarm.dataset.text !== problem) {
    alarm.dataset.text = problem;
    alarm.replaceChildren(words("span", {}, problem));
  }
  if (!problem) delete alarm.dataset.text;
}

/** Return true if nothing in the element has the focus, which drawing it again would take away. */
const isFree = (id) => !byId(id).contains(document.activeElement);

async function refresh() {
  try {
    const next = await ask("/state");
    state = next;
    const view = document.body.dataset.view;
    const isDue = Date.now() - slowAt > SLOW_MS;
    if (isDue) slowAt = Date.now();
    if (view === "trends" && isFree("trends")) drawTrends(byId("trends"), await ask("/trends"));
    if (view === "dead" && isDue && !byId("letters").childElementCount) await drawLetters(state);
    if (view === "pipeline" && isFree("pipeline")) {
      if (isDue) dead = await ask("/dead").catch(() => null);
      drawPipeline(byId("pipeline"), state, dead);
    }
  } catch (error) {
    if (error.status === undefined) streamState = "away";
  }
  showPulse();
}

function onKey(event) {
  if (event.key === "Escape" && choice().article && !document.querySelector("dialog[open]")) {
    close();
    return;
  }
  const isTyping = event.target.closest("input, textarea, select, dialog");
  if (isTyping || event.metaKey || event.ctrlKey || event.altKey || !byId("keys-on").checked) return;
  const actions = {
    j: () => step(1),
    k: () => step(-1),
    p: toggle,
    "/": () => byId("filters").elements.q.focus(),
    "?": () => byId("keys").showModal(),
  };
  if (!actions[event.key]) return;
  event.preventDefault();
  actions[event.key]();
}

function setUp() {
  setUpFilters();
  setUpTrial();
  document.addEventListener("keydown", onKey);
  byId("help").addEventListener("click", () => byId("keys").showModal());
  byId("share").addEventListener("click", async () => {
    const isCopied = await navigator.clipboard.writeText(location.href).then(() => true, () => false);
    byId("announcer").textContent = isCopied ? "The link is copied" : "Copy the address of the page";
    byId("share").textContent = isCopied ? "Copied" : "Copy the address";
    setTimeout(() => (byId("share").textContent = "Copy link"), 3000);
  });
  for (const link of document.querySelectorAll("nav a")) {
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      if (link.dataset.view === "dead") byId("letters").replaceChildren();
      choose({ view: link.dataset.view });
    });
  }
  const first = choice();
  connect(first.filters);
  showView(first);
  if (first.article) showChosen(first);
  setInterval(() => document.hidden || refresh(), STATE_MS);
}

setUp();
