// Small charts, drawn as SVG, each with a table of the same numbers beside it.

import { h, number, shown, svg, table } from "./dom.js";
import { choose, chooseFilter } from "./filters.js";

/** Draw what is in the news: `trends` is the answer of /trends. */
export function drawTrends(box, trends) {
  box.replaceChildren(perMinute(trends), compared("Entities", trends.entities, (each) => each.name, entityName), compared("Stories", trends.stories, (each) => each.headline, storyName));
}

function figure(title, note, chart, beside) {
  return h("section", { class: "figure" }, h("h3", {}, title), h("p", { class: "note" }, note), h("div", { class: "beside" }, chart, beside));
}

function perMinute(trends) {
  const series = [["all articles", trends.articles], ...Object.entries(trends.labels)];
  const chart = h("div", { class: "multiples" }, series.map(([name, counts], place) => {
    const most = Math.max(1, ...counts);
    return h("div", { class: "multiple" },
      h("span", { class: "series" }, place ? h("button", { type: "button", class: "plain", onclick: () => chooseFilter("label", name) }, shown(name)) : name),
      bars(counts, most, `${name}: ${total(counts)} in the last hour, at most ${most} in a minute`),
      h("span", { class: "most" }, `${number(most)}/min`));
  }));
  const tens = [60, 50, 40, 30, 20, 10].map((minutes) => `−${minutes} min`);
  const rows = series.map(([name, counts]) => [shown(name), ...tens.map((_, place) => number(total(counts.slice(place * 10, place * 10 + 10)))), number(total(counts))]);
  return figure("Articles per minute by label", "Each row has its own scale; its highest minute is on the right.", chart,
    table("Articles in each ten minutes", ["label", ...tens, "hour"], rows, [1, 2, 3, 4, 5, 6, 7]));
}

function bars(counts, most, title) {
  const width = 300;
  const height = 28;
  const step = width / counts.length;
  const columns = counts.map((count, place) => {
    const tall = count ? Math.max(1.5, (count / most) * (height - 2)) : 0;
    return svg("rect", { x: (place * step).toFixed(2), y: (height - 1 - tall).toFixed(2), width: (step - 1).toFixed(2), height: tall.toFixed(2) });
  });
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "bars", role: "img", "aria-label": title, preserveAspectRatio: "none" },
    svg("title", {}, title), svg("line", { x1: 0, y1: height - 0.5, x2: width, y2: height - 0.5, class: "axis" }), columns);
}

function compared(title, each, name, show) {
  if (!each.length) return figure(title, "", h("p", { class: "empty" }, "None in the last hour."), "");
  const most = Math.max(1, ...each.map((row) => Math.max(row.now, row.before)));
  const chart = h("div", { class: "pairs", "aria-hidden": "true" }, each.map((row) => h("div", { class: "pair" }, h("span", { class: "series" }, shown(name(row) ?? "")), pair(row, most))));
  const rows = each.map((row) => [show(row), number(row.now), number(row.before), change(row)]);
  return figure(title, "Filled: the last hour. Outlined: the hour before.", chart, table(`${title} in the last hour`, [title.toLowerCase(), "now", "before", "change"], rows, [1, 2, 3]));
}

function pair(row, most) {
  const length = (count) => ((count / most) * 196).toFixed(1);
  return svg("svg", { viewBox: "0 0 200 18", class: "pair-bars", preserveAspectRatio: "none" },
    svg("rect", { x: 1, y: 1, width: length(row.now), height: 9, class: "now" }), svg("rect", { x: 1, y: 12, width: length(row.before), height: 5, class: "before" }));
}

function change(row) {
  if (!row.before) return "new";
  const by = row.now - row.before;
  return by === 0 ? "same" : by > 0 ? `▲ ${number(by)}` : `▼ ${number(-by)}`;
}

const entityName = (row) =>
  h("button", { type: "button", class: `name plain ${row.type}`, onclick: () => chooseFilter("entity", row.name) }, h("span", { class: "type" }, row.type), h("bdi", {}, shown(row.name)));

const storyName = (row) =>
  h("button", { type: "button", class: "plain", onclick: () => choose({ view: "river", article: null, filters: new URLSearchParams({ story: row.story_id }) }) }, h("bdi", {}, shown(row.headline ?? row.story_id)));

const total = (counts) => counts.reduce((sum, count) => sum + count, 0);

/** Return horizontal bars with their numbers; `rows` are [name, count]. */
export function barsOf(rows) {
  const most = Math.max(1, ...rows.map(([, count]) => count));
  return h("div", { class: "pairs", "aria-hidden": "true" }, rows.map(([name, count]) =>
    h("div", { class: "pair" }, h("span", { class: "series" }, shown(name)),
      svg("svg", { viewBox: "0 0 200 12", class: "pair-bars", preserveAspectRatio: "none" }, svg("rect", { x: 1, y: 1, width: ((count / most) * 196).toFixed(1), height: 10, class: "now" })))));
}
