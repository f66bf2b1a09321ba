// Passkeys: a form with data-passkey has the browser make one ("create") or prove one ("get"), and sends what it answers as a field.
const bytes = text => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), letter => letter.charCodeAt(0));
const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function asked(options) {
  const named = list => (list ?? []).map(each => ({ ...each, id: bytes(each.id) }));
  const made = { ...options, challenge: bytes(options.challenge) };
  if (options.user) made.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) made.excludeCredentials = named(options.excludeCredentials);
  if (options.allowCredentials) made.allowCredentials = named(options.allowCredentials);
  return made;
}

function answered(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {} });
}

async function optionsOf(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const got = await fetch(form.dataset.ask, { method: "POST", headers: { Accept: "application/json" } });
  const said = await got.json();
  if (!got.ok) throw new Error(`${said.detail} ${said.remedy ?? ""}`);
  return said;
}

async function use(form) {
  const said = form.querySelector("[role=alert]");
  said.textContent = "";
  try {
    const publicKey = asked(await optionsOf(form));
    form.elements.credential.value = answered(await navigator.credentials[form.dataset.passkey]({ publicKey }));
    form.submit();
  } catch (error) {
    said.textContent = error.name === "InvalidStateError" ? "This device holds a passkey of yours already."
      : error instanceof DOMException ? "Nothing was confirmed: it was cancelled, took too long, or there is no passkey here."
      : error.message;
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!globalThis.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", event => {
    event.preventDefault();
    use(form);
  });
}
