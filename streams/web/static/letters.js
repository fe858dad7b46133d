// Dead letters: by reason, one in full with its original bytes, and replay, which always begins with a dry run.

import { ask, byId, h, number, shown, table, time, words } from "./dom.js";

let mayReplay = false;
let reason = null;
const selected = new Set();

/** Fetch the letters, and draw them. */
export async function drawLetters(state) {
  mayReplay = state?.may_replay ?? false;
  const box = byId("letters");
  try {
    const dead = await ask("/dead");
    const ids = new Set(dead.letters.map((letter) => letter.id));
    for (const id of selected) if (!ids.has(id)) selected.delete(id);
    if (!dead.reasons.some((each) => each.reason === reason)) reason = null;
    box.replaceChildren(...list(dead), h("div", { id: "letter" }));
  } catch (error) {
    box.replaceChildren(words("p", { class: "alarm" }, error.message));
  }
}

function list(dead) {
  if (!dead.open) return [h("p", { class: "empty" }, "No open dead letters. Every article came through.")];
  const choose = (next) => () => {
    reason = next;
    selected.clear();
    byId("letters").replaceChildren(...list(dead), h("div", { id: "letter" }));
    byId("letters").querySelector("[aria-pressed=true]")?.focus();
  };
  const buttons = [["all", null, dead.open], ...dead.reasons.map((each) => [each.reason, each.reason, each.count])].map(([text, value, count]) =>
    h("button", { type: "button", class: "label", "aria-pressed": String(reason === value), onclick: choose(value) }, shown(text), h("b", {}, number(count))));
  const letters = dead.letters.filter((letter) => reason === null || letter.reason === reason);
  const rows = letters.map((letter) => [
    h("label", {}, mayReplay ? h("input", { type: "checkbox", checked: selected.has(letter.id), onchange: (event) => select(letter.id, event.target.checked) }) : null, ` ${letter.id}`),
    words("span", {}, letter.reason),
    words("span", {}, letter.stage),
    time(letter.at),
    words("span", { class: "message" }, letter.message),
    h("button", { type: "button", class: "plain", "aria-label": `Show letter ${letter.id}`, onclick: () => showLetter(letter.id) }, "show"),
  ]);
  return [
    h("div", { class: "label-choice", role: "group", "aria-label": "Reason" }, buttons),
    mayReplay ? replayBar() : h("p", { class: "note" }, "Replay is off here. Start the page with ", h("code", {}, "WIREROOM_WEB_REPLAY=1"), ", or use ", h("code", {}, "wireroom dead replay"), "."),
    table(`Letters, the newest first${dead.open > dead.letters.length ? `; ${number(dead.letters.length)} of ${number(dead.open)}` : ""}`, ["letter", "reason", "stage", "died", "message", "in full"], rows),
  ];
}

function replayBar() {
  const all = reason === null ? null : h("button", { type: "button", onclick: () => plan({ reason }) }, `Replay all of ${reason} …`);
  return h("p", { class: "row" }, h("button", { type: "button", id: "replay", disabled: !selected.size, onclick: () => plan({ ids: [...selected] }) }, replayText()), all);
}

const replayText = () => (selected.size ? `Replay ${selected.size} selected …` : "Select letters to replay");

function select(id, isSelected) {
  if (isSelected) selected.add(id);
  else selected.delete(id);
  byId("replay").disabled = !selected.size;
  byId("replay").textContent = replayText();
}

const send = (what) =>
  ask("/dead/replay", { method: "POST", headers: { "Content-Type": "application/json", "X-Wireroom": "replay" }, body: JSON.stringify(what) });

/** Make a dry run of `what`, show what it would do, and do it once the reader agrees. */
async function plan(what) {
  const dialog = byId("plan");
  const cancel = h("button", { type: "button", onclick: () => dialog.close() }, "Cancel");
  dialog.replaceChildren(h("h2", { id: "plan-title" }, "Replay"), h("p", { role: "status" }, "Making a dry run …"), cancel);
  dialog.showModal();
  try {
    const dry = await send({ ...what, dry_run: true });
    const go = h("button", { type: "button", class: "main", onclick: () => act(dialog, dry) }, `Replay ${letters(dry.letters.length)}`);
    dialog.replaceChildren(
      h("h2", { id: "plan-title" }, "Dry run: nothing was sent"),
      h("p", {}, `${letters(dry.letters.length)} would go back: ${Object.entries(dry.topics).map(([topic, count]) => `${number(count)} to ${topic}`).join(", ") || "none"}.`),
      dry.letters.length ? table("Would go", ["letter", "reason", "to"], dry.letters.slice(0, 100).map((letter) => [letter.id, words("span", {}, letter.reason), words("span", {}, letter.topic)])) : "",
      dry.refused.length ? table("Would stay", ["letter", "because it"], dry.refused.map((letter) => [letter.id, words("span", {}, letter.why)])) : "",
      dry.missing.length ? h("p", {}, `Not open any more: ${dry.missing.join(", ")}.`) : "",
      h("p", { class: "row" }, dry.letters.length ? go : "", cancel),
    );
    (dry.letters.length ? go : cancel).focus();
  } catch (error) {
    dialog.replaceChildren(h("h2", { id: "plan-title" }, "Replay"), words("p", { class: "alarm", role: "alert" }, error.message), cancel);
  }
}

async function act(dialog, dry) {
  const close = h("button", { type: "button", onclick: () => dialog.close() }, "Close");
  try {
    // Exactly the letters of the dry run, not those that have come since.
    const done = await send({ ids: dry.letters.map((letter) => letter.id), dry_run: false });
    dialog.replaceChildren(h("h2", { id: "plan-title" }, "Replayed"), h("p", { role: "status" }, `${letters(done.letters.length)} went back, each exactly once.`), close);
    selected.clear();
    await drawLetters({ may_replay: true });
  } catch (error) {
    dialog.replaceChildren(h("h2", { id: "plan-title" }, "Replay"), words("p", { class: "alarm", role: "alert" }, error.message), close);
  }
  close.focus();
}

const letters = (count) => `${number(count)} letter${count === 1 ? "" : "s"}`;

async function showLetter(id) {
  const box = byId("letter");
  try {
    const letter = await ask(`/dead/${id}`);
    const came = letter.topic === null ? "does not say" : `${letter.topic} ${letter.partition}-${letter.offset}`;
    box.replaceChildren(
      h("h3", { tabindex: "-1" }, `Letter ${letter.id}`),
      h("dl", { class: "facts" }, [["Reason", letter.reason], ["Message", letter.message], ["Stage", letter.stage], ["Came from", came], ["Key", letter.key ?? "none"], ["Died", letter.at], ["Replays", number(letter.replays)], ["State", letter.is_open ? "open" : "replayed"]].map(([name, value]) => h("div", {}, h("dt", {}, name), words("dd", {}, value)))),
      letter.stacktrace ? h("details", {}, h("summary", {}, "Stack trace"), h("pre", { tabindex: "0" }, shown(letter.stacktrace))) : "",
      h("p", {}, h("a", { href: `/dead/${letter.id}/bytes` }, `Original bytes (${number(letter.bytes)})`)),
      h("pre", { tabindex: "0", "aria-label": letter.is_text ? "Body" : "Body in hexadecimal digits" }, shown(letter.body)),
      letter.is_cut ? h("p", { class: "note" }, "The body is longer; the original bytes have all of it.") : "",
      table("Headers", ["name", "value"], letter.headers.map(([name, value]) => [words("span", {}, name), words("span", {}, value ?? "null")])),
    );
    box.querySelector("h3").focus();
  } catch (error) {
    box.replaceChildren(words("p", { class: "alarm", role: "alert" }, error.message));
  }
}
