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
    picker.addEventListener("input", () => { input.value = picker.value; input.dispatchEvent(new Event("input", { bubbles: true })); });
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

  for (const place of document.querySelectorAll("[data-focus-of]")) {
    const fields = ["fx-", "fy-"].map((name) => document.getElementById(name + place.dataset.focusOf));
    if (!fields[0]) continue;
    const mark = document.createElement("span");
    place.append(mark);
    const show = () => { mark.style.left = `${fields[0].value}%`; mark.style.top = `${fields[1].value}%`; };
    place.addEventListener("click", (event) => {
      const box = place.getBoundingClientRect();
      fields[0].value = Math.round(100 * (event.clientX - box.left) / box.width);
      fields[1].value = Math.round(100 * (event.clientY - box.top) / box.height);
      show();
    });
    for (const field of fields) field.addEventListener("input", show);
    show();
  }

  for (const list of document.querySelectorAll("[data-drags]")) {
    const form = document.getElementById(list.dataset.drags);
    let held = null;
    for (const item of list.querySelectorAll("[data-id]")) {
      item.draggable = true;
      item.addEventListener("dragstart", () => { held = item; });
      item.addEventListener("dragover", (event) => {
        if (!held || held === item) return;
        event.preventDefault();
        const after = held.compareDocumentPosition(item) & Node.DOCUMENT_POSITION_FOLLOWING;
        if (after) item.after(held); else item.before(held);
      });
      item.addEventListener("drop", (event) => event.preventDefault());
      item.addEventListener("dragend", () => {
        if (!form || !held) return;
        held = null;
        for (const moved of list.querySelectorAll("[data-id]")) {
          const field = document.createElement("input");
          field.type = "hidden"; field.name = "ids"; field.value = moved.dataset.id;
          form.append(field);
        }
        form.requestSubmit();
      });
    }
  }

  for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());

  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) break;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.done;
    });
  }

  // Text with formatting: a small editor over the field, which stays what is sent.
  for (const field of document.querySelectorAll("textarea[data-rich]")) {
    const [bold, italic, heading, list, link, question] = field.dataset.words.split("|");
    const area = document.createElement("div");
    area.className = "input rich prose";
    area.contentEditable = "true";
    area.setAttribute("role", "textbox");
    area.setAttribute("aria-multiline", "true");
    area.setAttribute("aria-label", field.labels[0].textContent);
    area.innerHTML = field.value || "<p><br></p>";
    const tools = document.createElement("div");
    tools.className = "rich-tools";
    const keep = () => { field.value = area.innerHTML; };
    const tool = (sign, name, act) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button quiet small";
      button.textContent = sign;
      button.title = name;
      button.setAttribute("aria-label", name);
      button.addEventListener("click", () => { area.focus(); act(); keep(); });
      tools.append(button);
    };
    const run = (command, value) => document.execCommand(command, false, value);
    tool("B", bold, () => run("bold"));
    tool("I", italic, () => run("italic"));
    tool("H", heading, () => run("formatBlock", "h2"));
    tool("¶", "¶", () => run("formatBlock", "p"));
    tool("•", list, () => run("insertUnorderedList"));
    tool("↗", link, () => { const to = window.prompt(question, "https://"); if (to) run("createLink", to); });
    area.addEventListener("input", keep);
    area.addEventListener("paste", (event) => {
      event.preventDefault();
      run("insertText", event.clipboardData.getData("text/plain"));
    });
    field.hidden = true;
    field.before(tools, area);
  }

  // A form that is kept as a draft while one types, with the page it shapes beside it.
  for (const form of document.querySelectorAll("form[data-live]")) {
    const frame = document.querySelector("[data-live-frame]");
    const state = form.querySelector("[data-live-state]");
    const contrasts = form.querySelector("[data-contrasts]");
    let waiting = 0;
    const keep = async () => {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const told = await answer.json();
      state.textContent = told.saved ? "✓" : told.problems.join(" ");
      if (!told.saved) return;
      contrasts.replaceChildren(...told.contrasts.flatMap((line) => {
        const name = document.createElement("dt");
        const value = document.createElement("dd");
        const badge = document.createElement("span");
        name.textContent = line.name;
        badge.className = `badge ${line.tone}`;
        badge.textContent = line.text;
        value.append(badge);
        return [name, value];
      }));
      frame.src = frame.src;
    };
    form.addEventListener("input", (event) => {
      if (event.target.type === "file") return;
      clearTimeout(waiting);
      waiting = setTimeout(keep, 600);
    });
    form.addEventListener("submit", () => clearTimeout(waiting));
  }

  // Things that are put in order can be dragged, too.
  for (const place of document.querySelectorAll("[data-sorts]")) {
    let dragged = null;
    for (const thing of place.querySelectorAll("[data-sortable]")) {
      const handle = document.createElement("span");
      handle.className = "button quiet small handle";
      handle.textContent = "⠿";
      handle.setAttribute("aria-hidden", "true");
      handle.draggable = true;
      handle.addEventListener("dragstart", (event) => {
        dragged = thing;
        thing.classList.add("dragged");
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setDragImage(thing, 0, 0);
      });
      handle.addEventListener("dragend", () => { thing.classList.remove("dragged"); dragged = null; });
      thing.querySelector(".tools").append(handle);
      thing.addEventListener("dragover", (event) => {
        if (!dragged || dragged === thing) return;
        event.preventDefault();
        const box = thing.getBoundingClientRect();
        thing[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
        place.querySelectorAll("[data-position]").forEach((input, number) => { input.value = number; });
        place.dispatchEvent(new Event("input", { bubbles: true }));
      });
    }
  }

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
