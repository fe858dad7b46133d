// The pipeline as a picture: what flows where, how fast, what waits, and whether all of it adds up.

import { byId, h, number, span, svg, table } from "./dom.js";
import { barsOf } from "./charts.js";

/** Draw `state`, the answer of /state, and `dead`, that of /dead or null. */
export function drawPipeline(box, state, dead) {
  const pipeline = state.pipeline;
  if (!pipeline.stages) {
    byId("balance").textContent = state.broker.problem ?? "Measuring …";
    box.replaceChildren();
    return;
  }
  byId("balance").replaceChildren(...balance(pipeline.balance));
  box.replaceChildren(picture(pipeline, state), stages(pipeline), reasons(dead), facts(state));
}

function balance({ in: into, out, dead, waiting, difference }) {
  const verdict = difference === 0 ? "It adds up: nothing is lost, nothing came twice." : `${number(Math.abs(difference))} on the way while this was counted.`;
  return ["Since this page’s server started: ", h("b", { class: "equation" }, `in ${number(into)} = out ${number(out)} + dead ${number(dead)} + waiting ${number(waiting)}`), `. ${verdict}`];
}

function picture(pipeline, state) {
  const arrow = () => h("li", { class: "arrow", "aria-hidden": "true" }, svg("svg", { viewBox: "0 0 24 12" }, svg("path", { d: "M0 6h20M15 1l6 5-6 5" })));
  const topic = (name, note) => h("li", { class: "topic" }, h("b", {}, name), h("span", {}, note));
  const prefix = pipeline.stages[0].topic.replace(/\.raw$/, "");
  const parts = [topic(`${prefix}.raw`, `${number(pipeline.in_rate, 1)} articles/s come in`)];
  for (const stage of pipeline.stages) {
    if (stage.stage === "stories") parts.push(arrow(), enriched(topic, prefix, state));
    const waits = stage.lag ? `${stage.exact ? "" : "about "}${number(stage.lag)} wait${stage.waits ? `, the first for ${span(stage.waits * 1000)}` : ""}` : "nothing waits";
    const doing = stage.lag ? (stage.rate ? "works" : stage.has_worked ? "does not work" : "has never worked") : "idle";
    parts.push(arrow(), h("li", { class: "stage", "data-state": stage.lag && !stage.rate ? "stuck" : "well" },
      h("b", {}, stage.stage), h("span", { class: "rate" }, `${number(stage.rate, 1)}/s`), h("span", {}, waits), h("span", {}, doing), stage.dead ? h("span", { class: "died" }, `${number(stage.dead)} died`) : null));
  }
  if (pipeline.stages.some((stage) => stage.stage === "stories")) parts.push(arrow(), topic(`${prefix}.stories`, "reprints and stories"));
  else parts.push(arrow(), enriched(topic, prefix, state));
  return h("ol", { class: "flow", "aria-label": "The pipeline from left to right" }, parts);
}

const enriched = (topic, prefix, state) =>
  topic(`${prefix}.enriched`, `${span(state.latency.p50)} for half, ${span(state.latency.p99)} for 99 of 100`);

function stages(pipeline) {
  const rows = pipeline.stages.map((stage) => [stage.stage, stage.topic, number(stage.rate, 2), `${stage.exact ? "" : "~"}${number(stage.lag)}`, stage.waits === null ? "–" : span(stage.waits * 1000), number(stage.done), number(stage.dead)]);
  return h("section", { class: "figure" }, h("h3", {}, "Stages"),
    table("The stages in numbers: rate of the last minute, lag without control records, done and dead since the start", ["stage", "reads", "per second", "lag", "waits for", "done", "dead"], rows, [2, 3, 4, 5, 6]));
}

function reasons(dead) {
  const title = h("h3", {}, "Open dead letters by reason");
  if (!dead?.reasons.length) return h("section", { class: "figure" }, title, h("p", { class: "empty" }, dead ? "None." : "Not read yet."));
  return h("section", { class: "figure" }, title, h("div", { class: "beside" }, barsOf(dead.reasons.map((each) => [each.reason, each.count])),
    table("Open dead letters", ["reason", "letters"], dead.reasons.map((each) => [each.reason, number(each.count)]), [1])));
}

function facts(state) {
  const rows = [
    ["Broker", state.broker.problem ?? state.broker.address],
    ["From news.raw to news.enriched, half of the latest articles", span(state.latency.p50)],
    ["99 of 100", span(state.latency.p99)],
    ["Articles kept by this server", `${number(state.articles)} of at most ${number(state.limit)}`],
    ["Viewers now; dropped because they did not read", `${number(state.viewers)}; ${number(state.dropped)}`],
    ["Version", state.version],
  ];
  return h("section", { class: "figure" }, h("h3", {}, "More"), table("Latency and server", ["fact", "value"], rows));
}
