// What makes the console nicer where scripts run; every page works without it.
(() => {
  "use strict";

  for (const input of document.querySelectorAll("input[type=file][data-preview]")) {
    const place = document.getElementById(input.dataset.preview);
    input.addEventListener("change", () => {
      for (const image of place.querySelectorAll("img")) URL.revokeObjectURL(image.src);
      place.replaceChildren(...[...input.files].filter((file) => file.type.startsWith("image/")).map((file) => {
        const image = document.createElement("img");
        image.src = URL.createObjectURL(file);
        image.alt = file.name;
        return image;
      }));
    });
  }

  for (const box of document.querySelectorAll("input[type=checkbox][data-all]")) {
    box.addEventListener("change", () => {
      for (const other of box.form.querySelectorAll(`input[name="${box.dataset.all}"]`)) other.checked = box.checked;
    });
  }

  for (const input of document.querySelectorAll("input[data-colour]")) {
    const picker = document.createElement("input");
    picker.type = "color";
    picker.setAttribute("aria-label", input.labels[0] ? input.labels[0].textContent : "");
    if (/^#[0-9a-f]{6}$/i.test(input.value)) picker.value = input.value;
    picker.addEventListener("input", () => { input.value = picker.value; });
    input.addEventListener("input", () => { if (/^#[0-9a-f]{6}$/i.test(input.value)) picker.value = input.value; });
    input.after(picker);
  }

  for (const form of document.querySelectorAll("form[data-shows-for]")) {
    const choice = form.elements[form.dataset.showsFor];
    const fit = () => {
      for (const part of form.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(choice.value);
    };
    choice.addEventListener("change", fit);
    fit();
  }

  for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());

  const task = document.querySelector("[data-poll]");
  if (task) {
    const ask = async () => {
      const answer = await fetch(task.dataset.poll, { headers: { Accept: "text/html" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-poll]");
      if (!fresh) { location.reload(); return; }
      task.replaceChildren(...fresh.childNodes);
      setTimeout(ask, 1500);
    };
    setTimeout(ask, 1500);
  }
})();
