// What was sent after the session had ended waits in this tab, and nowhere else, while one signs in with the county's account. Without this module one signs in with the password.

const WAITING = "bulou_kept";

const away = document.querySelector("a[data-keeps]");
const back = document.querySelector("form[data-brings]");

if (away) {
  away.addEventListener("click", (event) => {
    const held = document.querySelector('input[name="kept"]').value;
    try {
      sessionStorage.setItem(WAITING, held);
    } catch {
      event.preventDefault(); // no room for it: the password form has it still
      document.querySelector('input[name="user"]').focus();
      return;
    }
    away.href = away.dataset.keeps;
  });
}

if (back) {
  back.elements.kept.value = sessionStorage.getItem(WAITING) ?? "";
  sessionStorage.removeItem(WAITING);
  back.submit();
}
