// The one policy by which scripts take parts of pages from text. What this server renders has strangers' texts escaped, and the
// policy is made of nothing else: whoever imports it fetched the text from here.
const policy = globalThis.trustedTypes
  ? trustedTypes.createPolicy("semblance", { createHTML: text => text })
  : { createHTML: text => text };

export function part(text) {
  const held = document.createRange();
  held.selectNode(document.body);
  return held.createContextualFragment(policy.createHTML(text));
}

// htmx sets what it fetched by this policy, too. Scripts in it it cannot make: the policy has no way for them.
globalThis.htmx?.registerExtension("trusted", { init: inside => { inside.initSecurity(policy); } });
