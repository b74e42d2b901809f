// Beside the queue, on a wide screen, what the row under the cursor is about. Without it a row is a link as before.

const pane = document.querySelector("[data-preview]");
const wide = window.matchMedia("(min-width: 1440px)");
const PAUSE = 250; // ms on a row before it is looked at: a look is noted, passing over a row is none
let waiting = 0;
let asked = null;

async function look(link) {
  const address = new URL(link.href);
  asked?.abort();
  asked = new AbortController();
  try {
    const answer = await fetch(`${address.pathname}/preview${address.search}`, { signal: asked.signal, redirect: "error" });
    if (!answer.ok) throw new Error();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    pane.replaceChildren(...page.body.childNodes);
    pane.hidden = false;
  } catch (error) {
    if (error.name !== "AbortError") pane.hidden = true;
  }
}

document.querySelector("[data-rows]")?.addEventListener("focusin", (event) => {
  const link = event.target.closest("a");
  if (!pane || !link || !wide.matches) return;
  document.querySelector("[data-rows] [data-looked]")?.removeAttribute("data-looked");
  link.dataset.looked = "1";
  window.clearTimeout(waiting);
  waiting = window.setTimeout(() => look(link), PAUSE);
});
