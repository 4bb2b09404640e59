// Small helps where scripts run. Every page works without them.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  const all = (query, inside = document) => inside.querySelectorAll(query);

  // Menus close on Escape and on a press elsewhere.
  document.addEventListener("click", (event) => {
    for (const menu of all("details[data-closes][open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of all("details[data-closes][open]")) {
      const inside = menu.contains(document.activeElement);
      menu.open = false;
      if (inside) menu.querySelector("summary").focus();
    }
  });

  // "/" leads to the search of the page, or to the page that searches.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const field = document.querySelector("[data-search]");
    const link = document.querySelector(".office nav.wide a[href='/office/search']");
    if (!field && !link) return;
    event.preventDefault();
    if (field) { field.focus(); field.select(); } else link.click();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (!button) return;
    const input = button.closest("[data-stepper]").querySelector("input");
    const before = input.value;
    if (button.dataset.step === "1") input.stepUp(); else input.stepDown();
    if (input.value !== before) input.dispatchEvent(new Event("change", { bubbles: true }));
  });

  document.addEventListener("change", (event) => {
    const { target } = event;
    if (target.matches("[data-submits], [data-submits] *")) target.form.requestSubmit();
    if (target.closest("[data-submits-later]")) {
      // Several presses on "more" are one change.
      clearTimeout(target.form.later);
      target.form.later = setTimeout(() => target.form.requestSubmit(), 700);
    }
    if (target.dataset.price) {
      for (const shown of all("[data-price-shown]", target.closest("main"))) shown.textContent = target.dataset.price;
    }
  });

  // Writing an amount of one's own chooses it.
  for (const amount of all(".own-amount input")) {
    amount.addEventListener("input", () => { const own = amount.form.querySelector('[name="variant_id"][value="own"]'); if (own && amount.value) own.checked = true; });
  }
  for (const press of all("[data-print]")) press.addEventListener("click", () => window.print());

  // A form is sent once; a press that cannot be undone is asked about.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm;
    if (question && !window.confirm(question)) { event.preventDefault(); return; }
    if (form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    if (event.submitter) event.submitter.setAttribute("aria-disabled", "true");
  });
  window.addEventListener("pageshow", () => {
    for (const form of all("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of all("[aria-disabled]", form)) button.removeAttribute("aria-disabled");
    }
  });

  for (const gallery of all("[data-gallery]")) {
    const strip = gallery.querySelector(".strip");
    const thumbs = [...all(".thumbs a", gallery)];
    thumbs.forEach((thumb, place) => thumb.addEventListener("click", (event) => {
      event.preventDefault();
      strip.scrollTo({ left: strip.clientWidth * place });
    }));
    const mark = () => {
      const here = Math.round(strip.scrollLeft / (strip.clientWidth || 1));
      thumbs.forEach((thumb, place) => place === here
        ? thumb.setAttribute("aria-current", "true") : thumb.removeAttribute("aria-current"));
    };
    strip.addEventListener("scroll", mark, { passive: true });
    mark();
  }

  document.querySelector("[data-focus]")?.focus();

  // A page that waits for a payment asks where it stands and goes on when that changes.
  const waiting = document.querySelector("[data-wait]");
  if (waiting) {
    let pause = 3000;
    const ask = async () => {
      try {
        const answer = await fetch(waiting.dataset.wait, { headers: { Accept: "application/json" } });
        if (answer.ok && (await answer.json()).state !== waiting.dataset.state) { location.reload(); return; }
      } catch { /* offline: ask again later */ }
      pause = Math.min(pause * 1.2, 15000);
      setTimeout(ask, pause);
    };
    setTimeout(ask, pause);
  }
})();
