// On the page that follows the composer: the server has answered, so what was kept of the sent form is no longer needed.
export const PREFIX = "composer:";

/** Forget every form that was sent, but for the one under `except`. */
export function forgetSent(except = "") {
  for (const key of Object.keys(sessionStorage)) {
    if (!key.startsWith(PREFIX) || key === except) continue;
    if (JSON.parse(sessionStorage.getItem(key)).sent) sessionStorage.removeItem(key);
  }
}

if (!document.querySelector("[data-composer]")) forgetSent();
