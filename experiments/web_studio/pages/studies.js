// The studies that the studio was started with.

import {get, guarded} from "./request.js";

const byId = (id) => document.getElementById(id);

const studies = (await guarded(() => get("/api/studies"))) ?? [];
byId("studies").replaceChildren(...studies.map(({address, file, words, simulated}) => {
  const item = document.createElement("li");
  const link = document.createElement("a");
  Object.assign(link, {href: address, target: "_blank", rel: "noopener"});
  link.textContent = words + (simulated ? " (simulated)" : "");
  const place = document.createElement("code");
  place.textContent = link.href;
  const name = document.createElement("span");
  name.className = "soft";
  name.textContent = file;
  item.append(link, name, place);
  return item;
}));
if (!studies.length) {
  byId("told").textContent =
    "No study is open. Start the studio with --studies=FILE, a file that " +
    "experiments.study made.";
}
