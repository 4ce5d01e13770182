// Enhancement only: every page works as links and forms without these modules. Each finds its elements by a data attribute.
import "./appearance.js";
import "./loading.js";
import "./dialogs.js";
import "./toasts.js";
import "./trouble.js";
import "./signin.js";
import "./countdown.js";
import "./bulk.js";
import "./keys.js";
import "./drafts.js";
import "./focus.js";
import "./poll.js";
import { onLoad, within } from "./dom.js";

onLoad((part) => {
  if (within(part, "[data-board]").length) import("./board.js");
});
if (document.querySelector("form[data-upload]")) import("./upload.js");
