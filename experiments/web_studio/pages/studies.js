// The studies that the studio was started with.

import {get, guarded, tell} from "./request.js";

const byId = (id) => document.getElementById(id);

const studies = (await guarded(() => get("/api/studies"))) ?? [];
byId("studies").replaceChildren(...studies.map(({address, file, words, simulated}) => {
  const item = document.createElement("li");
  const link = document.createElement("a");
  Object.assign(link, {href: address, target: "_blank", rel: "noopener"});
  link.textContent = words + (simulated ? " (simulated)" : "");
  const place = document.createElement("code");
  place.textContent = link.href;
  const copy = document.createElement("button");
  copy.textContent = "Copy address";
  // Browsers let pages write there on this machine, or with TLS.
  copy.hidden = !navigator.clipboard;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(link.href);
    tell("Copied.");
  });
  const name = document.createElement("span");
  name.className = "soft";
  name.textContent = file;
  item.append(link, name, place, copy);
  return item;
}));
if (!studies.length) {
  byId("told").textContent =
    "No study is open. Make one, and start the studio with its file:";
  byId("start").hidden = false;
} else if (["127.0.0.1", "localhost", "[::1]"].includes(location.hostname)) {
  byId("told").textContent +=
    " Only this machine reaches it, unless the studio is started with --host.";
}
