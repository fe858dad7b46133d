// The stream of articles: it comes back after a disconnect with the id of the last event.

const RETRY_MS = 2000;
const MOST_WAITING = 1000; // articles between two looks at the page; older ones are counted only

/** Follow the articles that `filters` admit, the latest `last` first. Returns an object with `close()`. */
export function follow(filters, last, { onArticles, onState }) {
  let source = null;
  let lastId = "";
  let waiting = [];
  let skipped = 0;
  let timer = 0;
  let isFirst = true;
  let isClosed = false;

  function take(event, isStory) {
    if (event.lastEventId) lastId = event.lastEventId;
    const article = JSON.parse(event.data);
    waiting.push({ article, isStory });
    if (waiting.length > MOST_WAITING) {
      waiting.shift();
      skipped += 1;
    }
    timer ||= setTimeout(hand, isFirst ? 20 : 200); // the first ones are there at once
  }

  function hand() {
    timer = 0;
    isFirst = false;
    const [events, count] = [waiting, skipped];
    waiting = [];
    skipped = 0;
    onArticles(events, count);
  }

  function open() {
    if (isClosed) return;
    const query = new URLSearchParams(filters);
    query.set("last", last);
    if (lastId) query.set("after", lastId);
    source = new EventSource(`/events?${query}`);
    source.addEventListener("open", () => onState("live"));
    source.addEventListener("message", (event) => take(event, false));
    source.addEventListener("story", (event) => take(event, true));
    source.addEventListener("error", () => {
      onState("away");
      // A browser gives up after an answer that is not a stream, such as that of a proxy.
      if (source.readyState === EventSource.CLOSED) setTimeout(open, RETRY_MS);
    });
  }

  open();
  return {
    close() {
      isClosed = true;
      clearTimeout(timer);
      source.close();
    },
  };
}
