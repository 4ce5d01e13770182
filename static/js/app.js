// Enhancement only: every page works as links and forms without these modules. Each finds its elements by a data attribute.
// What only one page needs (board.js, upload.js) that page names itself, so that it is there when the page has loaded.
import "./appearance.js";
import "./loading.js";
import "./dialogs.js";
import "./toasts.js";
import "./trouble.js";
import "./signin.js";
import "./countdown.js";
import "./bulk.js";
import "./many.js";
import "./keys.js";
import "./preview.js";
import "./sheet.js";
import "./drafts.js";
import "./focus.js";
import "./tabs.js";
import "./poll.js";
import "./live.js";
import "./palette.js";
