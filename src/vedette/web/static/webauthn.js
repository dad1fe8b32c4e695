// Security keys: takes the options of a form marked data-webauthn to the browser and its answer back.
"use strict";
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const options = async (form) => {
    if (!form.dataset.fetch) return JSON.parse(form.dataset.options).publicKey;
    const answer = await fetch(form.dataset.fetch, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.statusText);
    return (await answer.json()).request_options.publicKey;
  };

  const decoded = (key, passkey) => {
    key.challenge = bytes(key.challenge);
    if (key.user) key.user.id = bytes(key.user.id);
    for (const one of [...(key.allowCredentials || []), ...(key.excludeCredentials || [])]) one.id = bytes(one.id);
    if (passkey) Object.assign(key.authenticatorSelection, { residentKey: "required", requireResidentKey: true, userVerification: "required" });
    return key;
  };

  const encoded = (made) => {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (made.response[part]) response[part] = text(made.response[part]);
    return { id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: made.getClientExtensionResults() };
  };

  for (const form of document.querySelectorAll("form[data-webauthn]")) {
    if (!window.PublicKeyCredential) continue;
    form.hidden = false;
    form.querySelector("button").addEventListener("click", async () => {
      const error = form.querySelector("[role=alert]");
      error.textContent = "";
      try {
        const publicKey = decoded(await options(form), form.elements.passwordless?.checked);
        const made = await navigator.credentials[form.dataset.webauthn]({ publicKey });
        form.elements.credential.value = JSON.stringify(encoded(made));
        form.submit();
      } catch (failure) {
        error.textContent = `${form.dataset.failed} (${failure.name})`;
      }
    });
  }
})();
