// Renews the two blocks of the page. A block is replaced only when it differs, and only when its photo is decoded, so that
// nothing flickers; a page that nobody looks at asks for nothing.
"use strict";

const PERIOD = 2000;
const main = document.getElementById("blocks");
const link = document.getElementById("link");
const said = document.getElementById("said");
let tag = "";

async function renew() {
  const answer = await fetch("blocks?photos=" + main.dataset.photos, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
  if (answer.status === 304) return;
  if (!answer.ok) throw new Error(answer.status + " " + (await answer.text()).slice(0, 120));
  const next = document.createElement("template");
  next.innerHTML = await answer.text();
  for (const block of [...next.content.children]) {
    const shown = document.getElementById(block.id);
    if (shown.outerHTML === block.outerHTML) continue;
    await Promise.all([...block.querySelectorAll("img")].map((image) => image.decode().catch(() => {})));
    shown.replaceWith(block);
  }
  tag = answer.headers.get("etag") || "";
}

function tell(text, lost) {
  if (link.textContent !== text) link.textContent = text;
  link.classList.toggle("lost", lost);
}

async function keepRenewing() {
  for (;;) {
    if (!document.hidden) {
      try {
        await renew();
        tell("live", false);
      } catch (error) {
        tell("no connection, showing what was last seen", true);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, PERIOD));
  }
}

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const answer = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" } });
      const { cameras, toggle } = await answer.json();
      const done = cameras.filter((camera) => camera.status && camera.status < 400).length;
      said.textContent = `${done} of ${cameras.length} cameras turned ${toggle}`;
    } catch (error) {
      said.textContent = "The cameras could not be reached.";
    }
  });
}

keepRenewing();
