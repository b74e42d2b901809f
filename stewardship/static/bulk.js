// In the queue: x selects the row under the cursor, X and a button all of the page, or none once all are; a, w and d go to the bar that is there once something is selected.
// On a phone the bar is one line until it is opened.

const list = document.querySelector("[data-rows]");
const bar = document.getElementById("bulk");
const whole = document.querySelector("[data-select-all]");
const fields = bar?.querySelector("details");
if (fields && window.matchMedia("(max-width: 640px)").matches) fields.open = false;

function selectAll() {
  const boxes = [...list.querySelectorAll('.pick input[type="checkbox"]')];
  const isWhole = boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = !isWhole;
}

if (whole && list && bar) {
  whole.hidden = false;
  whole.addEventListener("click", selectAll);
}

document.addEventListener("keydown", (event) => {
  if (!list || !bar || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const at = event.target;
  const isRow = at.matches?.('[data-rows] a, [data-rows] input[type="checkbox"]');
  if (at.matches?.("input, select, textarea") && !isRow) return;
  if (event.key === "x" && isRow) {
    const box = at.closest("li").querySelector('input[type="checkbox"]');
    if (box) box.checked = !box.checked;
  } else if (event.key === "X") {
    selectAll();
  } else if (["a", "w", "d"].includes(event.key) && list.querySelector("input:checked")) {
    fields.open = true;
    bar.querySelector(`[data-bulk="${event.key}"]`)?.focus();
  } else {
    return;
  }
  event.preventDefault();
});
