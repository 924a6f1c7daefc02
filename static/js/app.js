// One module per widget, each listening on document, so that swapped-in HTML just works.
import "./theme.js";
import "./commands.js";
import "./copy.js";
import "./menu.js";
import "./palette.js";
import "./shortcuts.js";
import "./submit.js";
import "./tabs.js";
import "./toast.js";
import "./zone.js";
import "./htmx.js";
