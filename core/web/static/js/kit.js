/* Small comforts; every page works without them. */
(() => {
  // Open menus close when one clicks elsewhere or presses Escape.
  const close = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
  };
  document.addEventListener("click", (event) => close(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(null); });

  // A form is sent once, however often its button is pressed; a form with data-confirm asks first.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) { event.preventDefault(); return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method === "post") {
      form.dataset.sent = "1";
      window.setTimeout(() => { delete form.dataset.sent; }, 6000);
    }
  });
  window.addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });

  // data-autosubmit sends its form when changed (sort orders, variants).
  document.addEventListener("change", (event) => {
    const field = event.target.closest("[data-autosubmit]");
    if (field) field.form.requestSubmit();
  });

  // data-poll="seconds" fetches its own page again until the server leaves the mark out (a payment, an import).
  const polled = document.querySelector("[data-poll]");
  if (polled) {
    const again = async () => {
      const answer = await fetch(window.location.href, { headers: { Accept: "text/html" } }).catch(() => null);
      if (!answer || !answer.ok) { window.setTimeout(again, 5000); return; }
      if (answer.redirected) { window.location.replace(answer.url); return; }
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const replacement = fresh.querySelector("[data-poll]");
      const here = document.querySelector("[data-poll]");
      if (!replacement) { window.location.reload(); return; }
      if (here.innerHTML !== replacement.innerHTML) here.innerHTML = replacement.innerHTML;
      window.setTimeout(again, Number(replacement.dataset.poll) * 1000);
    };
    window.setTimeout(again, Number(polled.dataset.poll) * 1000);
  }

  // An error summary is where a reader should begin.
  document.querySelector(".note.bad[tabindex]")?.focus();
})();
