// Keys for whoever works through the queue. Every key does what a link or a button on the page does, so nothing needs this module.

const lists = document.querySelector("[data-rows]");
const links = lists ? [...lists.querySelectorAll("a")] : [];
const help = document.getElementById("help");
const reason = document.querySelector("[data-reason]");

function move(step) {
  if (links.length === 0) return false;
  const here = links.indexOf(document.activeElement);
  const next = here < 0 ? (step > 0 ? 0 : links.length - 1) : here + step;
  if (next < 0 || next >= links.length) {
    const more = document.querySelector('.pager a[rel="next"]');
    if (next >= links.length && more) more.focus();
    return true;
  }
  links[next].focus();
  links[next].scrollIntoView({ block: "nearest" });
  return true;
}

function press(key) {
  const target = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
  if (!target) return false;
  if (target.matches("input")) {
    target.focus();
    target.select();
  } else if ((key === "x" || key === "r") && reason && reason.value.trim() === "") {
    reason.focus();
  } else {
    target.click();
  }
  return true;
}

function isTyping(element) {
  return element instanceof HTMLElement && element.matches("input, select, textarea");
}

let isGoing = false;

function go(key) {
  const page = [...document.querySelectorAll("[data-go]")].find((one) => one.dataset.go === key);
  if (page) page.click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && event.key.length > 1) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "Escape") isGoing = false;
  if (help && help.open) return;
  let done = false;
  if (isGoing && event.key.length === 1) {
    isGoing = false;
    go(event.key);
    event.stopImmediatePropagation(); // it is a page's letter, not another key
    done = true;
  } else if (event.key === "g" && document.querySelector("[data-go]")) {
    isGoing = true;
    done = true;
  } else if (event.key === "?" && help) {
    help.showModal();
    done = true;
  } else if (event.key === "j" || event.key === "k") {
    done = move(event.key === "j" ? 1 : -1) || press(event.key);
  } else if (event.key.length === 1 || event.key === "ArrowLeft") {
    done = press(event.key);
  }
  if (done) event.preventDefault();
});

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog" || "download" in form.dataset) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// On a narrow screen the filters begin closed; a choice of area shows at once.
if (window.matchMedia("(max-width: 900px)").matches) {
  document.querySelector(".filters details")?.removeAttribute("open");
}
// Chosen with the mouse it is shown at once; with the keys one passes over the others first, so that the button beside it does it.
for (const choice of document.querySelectorAll(".area select")) {
  let byKeys = false;
  choice.addEventListener("keydown", (event) => { byKeys = event.key !== "Tab"; });
  choice.addEventListener("pointerdown", () => { byKeys = false; });
  choice.addEventListener("change", () => { if (!byKeys) choice.form.requestSubmit(); });
}
