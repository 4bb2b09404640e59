// Passkeys, and printing of recovery codes. Everything else works without scripts.
(() => {
  "use strict";
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const descriptors = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  async function options(button) {
    const body = new FormData();
    for (const name of ["csrf_token", "password"]) {
      const field = button.form.elements.namedItem(name);
      if (field) body.append(name, field.value);
    }
    const answer = await fetch(button.dataset.options, { method: "POST", body, headers: { Accept: "application/json" } });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.detail || "");
    return told;
  }

  async function make(told) {
    const key = await navigator.credentials.create({ publicKey: {
      ...told, challenge: bytes(told.challenge), user: { ...told.user, id: bytes(told.user.id) },
      excludeCredentials: descriptors(told.excludeCredentials),
    } });
    return { id: key.id, rawId: text(key.rawId), type: key.type, response: {
      clientDataJSON: text(key.response.clientDataJSON), attestationObject: text(key.response.attestationObject),
      transports: key.response.getTransports ? key.response.getTransports() : [],
    } };
  }

  async function use(told) {
    const key = await navigator.credentials.get({ publicKey: {
      ...told, challenge: bytes(told.challenge), allowCredentials: descriptors(told.allowCredentials),
    } });
    return { id: key.id, rawId: text(key.rawId), type: key.type, response: {
      clientDataJSON: text(key.response.clientDataJSON), authenticatorData: text(key.response.authenticatorData),
      signature: text(key.response.signature), userHandle: key.response.userHandle ? text(key.response.userHandle) : null,
    } };
  }

  const can = Boolean(window.PublicKeyCredential && navigator.credentials);
  for (const note of document.querySelectorAll("[data-needs-passkeys]")) note.hidden = can;
  for (const button of can ? document.querySelectorAll("[data-passkey]") : []) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const { form } = button;
      const name = form.elements.namedItem("name");
      if (button.dataset.passkey === "make" && name && !name.reportValidity()) return;
      const failed = form.querySelector("[data-passkey-failed]");
      failed.hidden = true;
      button.disabled = true;
      try {
        const told = await options(button);
        const answer = await (button.dataset.passkey === "make" ? make(told) : use(told));
        const field = form.querySelector("[data-passkey-answer]") || form.elements.namedItem("passkey");
        field.value = JSON.stringify(answer);
        form.submit();
      } catch (error) {
        // The browser's own words ("NotAllowedError") help nobody; ours from the server do.
        failed.textContent = error instanceof DOMException || !error.message ? button.dataset.failed : error.message;
        failed.hidden = false;
        button.disabled = false;
      }
    });
  }

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
