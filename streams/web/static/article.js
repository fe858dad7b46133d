// One article in full: its text with entities, the evidence of a label and its sum, and where all of it is from.

import { ask, byId, h, number, outward, shown, span, table, time, words } from "./dom.js";
import { chooseFilter } from "./filters.js";
import { signed, textOf } from "./text.js";

const TYPES = { PER: "person", ORG: "organisation", LOC: "place", MISC: "other" };
const PLACES = {
  wikidata: (id) => `https://www.wikidata.org/wiki/${encodeURIComponent(id)}`,
  geonames: (id) => `https://www.geonames.org/${encodeURIComponent(id)}`,
};
const SUM_TOLERANCE = 0.001; // weights have four digits

/** Show `article`, an EnrichedArticle, in the element `box`. */
export function showArticle(box, article, { onClose = null, isOnWire = true } = {}) {
  const choice = h("section", { "aria-label": "Labels" });
  const why = h("section", { class: "why", "aria-label": "Why this label" });
  const text = h("section", { class: "body", "aria-label": "Text" });
  const pick = (label) => {
    const hadFocus = choice.contains(document.activeElement);
    choice.replaceChildren(labelChoice(article, label, pick));
    if (hadFocus) choice.querySelector(label ? "[aria-pressed=true]" : "button").focus();
    why.replaceChildren(label ? evidence(label, text) : "");
    text.replaceChildren(textOf(article, label));
  };
  box.replaceChildren(
    head(article, onClose),
    choice,
    h("div", { class: "spread" }, why, text),
    entities(article),
    more("What cleanup removed", removed(article), article.removed.length),
    isOnWire ? way(article) : "",
    more("Where each part of the text comes from", source(article), article.source.length),
    more("Scores of all labels", scores(article), Object.keys(article.scores).length),
    more("Provenance", provenance(article)),
    raw(article, isOnWire),
  );
  pick(article.labels[0] ?? null);
}

function head(article, onClose) {
  const facts = [
    words("span", { class: "publisher" }, article.publisher ?? "no publisher"),
    time(article.published_at, { long: true }),
    h("span", {}, article.language),
    h("span", {}, `${number(article.word_count)} words`),
  ];
  return h(
    "header",
    {},
    onClose ? h("button", { type: "button", class: "close", onclick: onClose }, "Close") : null,
    h("p", { class: "kicker" }, facts),
    words("h2", {}, article.headline ?? opening(article.text)),
    article.byline || article.dateline ? words("p", { class: "byline" }, [article.byline, article.dateline].filter(Boolean).join(" · ")) : null,
    article.url ? h("p", { class: "address" }, outward(article.url, article.url)) : null,
    article.warnings.length ? h("p", { class: "warnings" }, "Be careful: ", words("span", {}, article.warnings.join(", "))) : null,
  );
}

function opening(text) {
  const line = text.slice(0, 200).split("\n", 1)[0];
  return line.length > 110 ? `${line.slice(0, 110).trimEnd()} …` : line;
}

function labelChoice(article, label, pick) {
  if (!article.labels.length) return h("p", { class: "note" }, "No label is above its threshold.");
  const buttons = article.labels.map((each) =>
    h("button", { type: "button", class: "label", "aria-pressed": String(each === label), onclick: () => pick(each === label ? null : each) },
      shown(each.name), h("b", {}, number(each.score, 3))));
  return h("div", { class: "label-choice", role: "group", "aria-label": "Show the evidence of" }, buttons);
}

function evidence(label, text) {
  const show = (index) => {
    const mark = text.querySelector(`[data-evidence="${index}"]`);
    if (!mark) return;
    for (const each of text.querySelectorAll(".looked-at")) each.classList.remove("looked-at");
    mark.classList.add("looked-at");
    mark.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  };
  const phrases = label.evidence
    .map((each, index) => ({ ...each, index }))
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .map((each) => [h("button", { type: "button", class: "plain", title: "show it in the text", onclick: () => show(each.index) }, h("bdi", {}, shown(each.text))), signed(each.weight, 4)]);
  const parts = Object.entries(label.parts).map(([name, weight]) => [h("i", {}, shown(name)), signed(weight, 4)]);
  const sum = label.evidence.reduce((total, each) => total + each.weight, 0) + Object.values(label.parts).reduce((total, weight) => total + weight, 0);
  const agrees = Math.abs(sum - label.raw) < SUM_TOLERANCE;
  const total = h("p", { class: "sum", "data-sum": sum.toFixed(4), "data-raw": label.raw.toFixed(4) },
    "Sum ", h("b", {}, signed(sum, 4)), agrees ? " = raw score " : " ≠ raw score ", h("b", {}, signed(label.raw, 4)),
    " → probability ", h("b", {}, number(label.score, 4)));
  const codes = label.iptc.length ? h("p", { class: "iptc" }, "IPTC Media Topics: ", label.iptc.map((code) => [outward(`https://cv.iptc.org/newscodes/mediatopic/${encodeURIComponent(code)}`, code), " "])) : null;
  return h("details", { class: "evidence-table", open: true },
    h("summary", {}, `Evidence for “${label.name}”: ${label.evidence.length} phrases`), total,
    table("Evidence, the strongest first", ["phrase or part", "weight"], [...phrases, ...parts], [1]), codes);
}

function entities(article) {
  if (!article.entities.length) return h("p", { class: "empty" }, "No names were found.");
  const rows = article.entities.map((entity) => [
    h("span", { class: `name ${entity.type}` }, h("span", { class: "type", title: TYPES[entity.type] }, entity.type), h("bdi", {}, shown(entity.name))),
    words("span", {}, entity.role ?? ""),
    number(entity.count),
    number(entity.salience, 2),
    h("span", { class: "ids" }, Object.entries(entity.ids).map(([kind, id]) => [identity(kind, id), " "])),
    h("button", { type: "button", class: "plain", "aria-label": `Show articles with ${entity.name}`, onclick: () => chooseFilter("entity", entity.name) }, "articles"),
  ]);
  return h("section", { class: "entities" }, h("h3", {}, "Who and what is in it"),
    table("Entities, the most salient first", ["name", "role", "times", "salience", "ids", "more"], rows, [2, 3]));
}

function identity(kind, id) {
  const text = `${kind} ${id}`;
  return PLACES[kind] ? outward(PLACES[kind](id), text) : words("span", {}, text);
}

function removed(article) {
  if (!article.removed.length) return h("p", { class: "empty" }, "Nothing was removed.");
  return h("ul", { class: "removed" }, article.removed.map((part) => h("li", {}, h("span", { class: "kind" }, part.kind), words("span", {}, part.text.slice(0, 5000)))));
}

function source(article) {
  if (!article.source.length) return h("p", { class: "empty" }, "The body was HTML, or the offsets are not known.");
  const rows = article.source.slice(0, 300).map((each) => [`${each.start}–${each.end}`, `${each.source_start}–${each.source_end}`, each.repaired ? "repaired" : "as it was"]);
  return table("Offsets in the text and in the raw body", ["text", "raw body", "characters"], rows);
}

function scores(article) {
  const rows = Object.entries(article.scores).sort((a, b) => (b[1] ?? -1) - (a[1] ?? -1));
  return table("Probability of each label", ["label", "probability", "as a bar"], rows.map(([label, score]) => [
    words("span", {}, label), number(score, 4), h("meter", { min: 0, max: 1, value: score ?? 0, "aria-hidden": "true" })]), [1]);
}

function provenance(article) {
  const { taxonomy, ...parts } = article.provenance;
  const rows = Object.entries(parts).filter(([, part]) => part).map(([name, part]) => [name, words("span", {}, part.name), words("span", {}, part.version), words("span", {}, part.model ?? "–")]);
  return h("div", {}, table("The parts that made this article", ["part", "name", "version", "model"], rows),
    h("p", {}, "Taxonomy ", h("code", {}, shown(taxonomy ?? "–")), ". The same input with the same parts gives the same bytes."));
}

function way(article) {
  const box = h("div", {}, h("p", { class: "empty" }, "Looking …"));
  const load = async () => {
    try {
      const { steps } = await ask(`/traces/${encodeURIComponent(article.article_id)}`);
      const rows = steps.map((step) => [step.topic, step.partition, step.offset, time(step.timestamp), step.seconds === null ? "" : `+${span(step.seconds * 1000)}`,
        words("span", {}, [step.death && `died in ${step.death.stage}: ${step.death.reason}`, step.waiting_for && `waits for ${step.waiting_for}`, step.is_tombstone && "removed"].filter(Boolean).join("; "))]);
      box.replaceChildren(table("Records of this article", ["topic", "partition", "offset", "time", "after", "note"], rows, [1, 2, 4]));
    } catch (error) {
      box.replaceChildren(words("p", { class: "alarm" }, error.message));
    }
  };
  const details = more("Its way through the topics", box);
  details.addEventListener("toggle", () => details.open && load(), { once: true });
  return details;
}

function raw(article, isOnWire) {
  const address = `/articles/${encodeURIComponent(article.article_id)}`;
  const box = h("pre", { tabindex: "0", "aria-label": "Raw JSON" });
  const details = more("Raw JSON", h("div", {}, isOnWire ? h("p", {}, h("a", { href: address }, "The event as it is on the topic")) : null, box));
  details.addEventListener("toggle", () => box.replaceChildren(shown(JSON.stringify(article, null, 2).slice(0, 200_000))), { once: true });
  return details;
}

function more(title, content, count) {
  return h("details", { class: "more" }, h("summary", {}, title, count === undefined ? null : h("span", { class: "count" }, number(count))), content);
}

let wanted = null;

/** Fetch the article with this id, and show it beside the river. */
export async function openArticle(articleId, onClose) {
  const box = byId("reader");
  wanted = articleId;
  box.setAttribute("aria-busy", "true");
  try {
    const article = await ask(`/articles/${encodeURIComponent(articleId)}`);
    if (wanted !== articleId) return;
    showArticle(box, article, { onClose });
  } catch (error) {
    if (wanted !== articleId) return;
    box.replaceChildren(h("button", { type: "button", class: "close", onclick: onClose }, "Close"), words("p", { class: "alarm" }, error.message));
  } finally {
    box.removeAttribute("aria-busy");
  }
  box.scrollTop = 0;
  box.focus({ preventScroll: false });
}
