// The text of an article with its entities and with the evidence of a label, each at its offsets.

import { h, number, shown } from "./dom.js";

const SHOWN = 30_000; // characters that are shown at first

/** Return a function from offsets in code points to offsets in UTF-16, in which JavaScript counts. */
export function offsets(text) {
  if (!/[\ud800-\udbff]/.test(text)) return (offset) => offset;
  const places = new Uint32Array(text.length + 1);
  let count = 0;
  for (let at = 0; at < text.length; count += 1) {
    places[count] = at;
    at += text.codePointAt(at) > 0xffff ? 2 : 1;
  }
  places[count] = text.length;
  return (offset) => places[Math.min(offset, count)];
}

/** Return the pieces of `text` between the borders of `spans`, each with the spans that cover it. */
export function pieces(text, spans) {
  const borders = new Set([0, text.length]);
  for (const { start, end } of spans) borders.add(start).add(end);
  const ordered = [...borders].filter((border) => border <= text.length).sort((a, b) => a - b);
  const sorted = [...spans].sort((a, b) => a.start - b.start);
  let next = 0;
  let open = [];
  return ordered.slice(0, -1).map((start, place) => {
    while (next < sorted.length && sorted[next].start <= start) open.push(sorted[next++]);
    open = open.filter((each) => each.end > start);
    return { start, end: ordered[place + 1], spans: [...open] };
  });
}

/** Return the text of `article` as paragraphs; `label` is the label whose evidence is underlined, or null. */
export function textOf(article, label, whole = false) {
  const at = offsets(article.text);
  const spans = [];
  for (const entity of article.entities)
    for (const mention of entity.mentions) spans.push({ start: at(mention.start), end: at(mention.end), entity });
  (label?.evidence ?? []).forEach((evidence, index) => spans.push({ start: at(evidence.start), end: at(evidence.end), evidence, index }));
  const strongest = Math.max(0.001, ...(label?.evidence ?? []).map((evidence) => Math.abs(evidence.weight)));
  const box = h("div", { class: "text", dir: "auto", lang: article.language === "und" ? null : article.language });
  const length = whole ? article.text.length : SHOWN;
  let paragraph = h("p", { dir: "auto" });
  let content = "";
  const close = () => {
    if (content.trim() === article.headline?.trim()) paragraph.className = "headline-line";
    else if (article.highlights.includes(content.trim())) paragraph.className = "highlight";
    box.append(paragraph);
    paragraph = h("p", { dir: "auto" });
    content = "";
  };
  for (const piece of pieces(article.text, spans)) {
    if (piece.start >= length) break;
    const parts = article.text.slice(piece.start, Math.min(piece.end, length)).split(/\n\s*\n/);
    parts.forEach((part, place) => {
      if (place) close();
      content += part;
      if (part) paragraph.append(marked(part, piece, strongest));
    });
  }
  close();
  if (article.text.length > length) {
    const rest = `Show all ${number(article.text.length)} characters`;
    box.append(h("button", { type: "button", onclick: () => box.replaceWith(textOf(article, label, true)) }, rest));
  }
  return box;
}

function marked(part, piece, strongest) {
  const mention = piece.spans.findLast((each) => each.entity);
  const evidence = piece.spans.findLast((each) => each.evidence);
  if (!mention && !evidence) return shown(part);
  let element = h("span", {}, shown(part));
  if (mention) {
    element.className = `entity ${mention.entity.type}`;
    element.title = [mention.entity.type, mention.entity.name, mention.entity.role].filter(Boolean).join(", ");
    if (mention.end === piece.end) element.append(h("span", { class: "type" }, mention.entity.type));
  }
  if (evidence) {
    const { weight } = evidence.evidence;
    const strength = Math.min(3, 1 + Math.round((2 * Math.abs(weight)) / strongest));
    const kind = weight < 0 ? "against" : "for";
    element = h("mark", { class: `evidence ${kind} s${strength}`, "data-evidence": evidence.index }, element);
    if (evidence.end === piece.end) element.append(h("span", { class: "weight" }, signed(weight, 2)));
  }
  return element;
}

/** Return `value` with its sign. */
export function signed(value, digits) {
  return `${value < 0 ? "−" : "+"}${number(Math.abs(value), digits)}`;
}
