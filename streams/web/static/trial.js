// Try it: what the three stages make of a text or a page that somebody pastes.

import { showArticle } from "./article.js";
import { ask, byId } from "./dom.js";

/** Connect the form. */
export function setUpTrial() {
  const form = byId("try");
  const status = byId("try-status");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    const kind = form.elements.kind.value;
    button.disabled = true;
    status.textContent = "Working; the first time it loads the models …";
    try {
      const headers = { "Content-Type": `${kind || "application/octet-stream"}${kind ? "; charset=utf-8" : ""}` };
      const article = await ask("/try", { method: "POST", headers, body: form.elements.body.value });
      const result = byId("try-result");
      result.hidden = false;
      showArticle(result, article, { isOnWire: false });
      status.textContent = "Done.";
      result.focus();
    } catch (error) {
      status.textContent = error.message;
    } finally {
      button.disabled = false;
    }
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
}
