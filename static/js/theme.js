// The server writes data-theme from a cookie, so there is no flash; here a click changes both.
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

function set(theme) {
  root.dataset.theme = theme;
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  for (const button of document.querySelectorAll("[data-set-theme]")) {
    button.setAttribute("aria-pressed", button.dataset.setTheme === theme);
  }
}

document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-set-theme]");
  if (choice) return set(choice.dataset.setTheme);
  if (!event.target.closest("[data-theme-toggle]")) return;
  const isDark = root.dataset.theme === "dark" || (root.dataset.theme !== "light" && dark.matches);
  set(isDark ? "light" : "dark");
});
