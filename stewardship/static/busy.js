// Whoever takes a file out or hands one in sees that it is being worked at, and sends the form once. Without this module the forms do the same, and say nothing.

const FIELD = "arrival";
const COOKIE = "bulou_arrival";
const LOOK_EVERY = 250; // milliseconds
const AT_MOST = 2 * 60 * 1000;

const underWay = new Map(); // form → what to stop, and where one was

function random() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function field(form) {
  const there = form.querySelector(`input[name="${FIELD}"]`);
  if (there) return there;
  const made = document.createElement("input");
  made.type = "hidden";
  made.name = FIELD;
  form.append(made);
  return made;
}

function rest(form) {
  const { timers, at } = underWay.get(form);
  underWay.delete(form);
  timers.forEach((timer) => clearInterval(timer));
  for (const button of form.querySelectorAll("button")) button.disabled = false;
  form.querySelector("[data-says]").textContent = "";
  form.removeAttribute("aria-busy");
  delete form.dataset.sent;
  if (at && document.activeElement === document.body) at.focus();
}

function begin(form, at) {
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  form.querySelector("[data-says]").textContent = form.dataset.busy;
  form.setAttribute("aria-busy", "true");
  const timers = [setTimeout(rest, AT_MOST, form)];
  if ("download" in form.dataset) {
    const wanted = `${COOKIE}=${field(form).value}`;
    const look = () => {
      if (!document.cookie.split("; ").includes(wanted)) return;
      document.cookie = `${COOKIE}=; Max-Age=0; Path=/; SameSite=strict`;
      rest(form);
    };
    timers.push(setInterval(look, LOOK_EVERY));
  }
  underWay.set(form, { timers, at });
}

for (const form of document.querySelectorAll("form[data-busy]")) {
  const says = document.createElement("span"); // there before it says something, so that it is read out
  says.className = "hint";
  says.setAttribute("role", "status");
  says.dataset.says = "";
  form.append(says);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !("busy" in form.dataset)) return;
  if (underWay.has(form)) {
    event.preventDefault();
    return;
  }
  if ("download" in form.dataset) field(form).value = random();
  underWay.set(form, { timers: [], at: null });
  setTimeout(begin, 0, form, event.submitter); // what is pressed is sent too, so it is not yet disabled
});

window.addEventListener("pageshow", () => {
  for (const form of [...underWay.keys()]) rest(form);
});
