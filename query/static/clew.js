/*
 * Comfort only: every page works without this file.
 *
 * - [data-live="2"]: fetches its own page every two seconds while the tab is seen, and takes over
 *   what changed; rows that are new light up.
 * - form[data-go-on]: is sent by itself, for the next step of what takes several.
 * - [data-copy]: copies the address of the page.
 * - Keys: `/` goes to the box, `n` and `p` to the next and previous line with an error.
 */
"use strict";

function keys(section) {
  return new Set([...section.querySelectorAll("[data-key]")].map((row) => row.dataset.key));
}

function busy(section) {
  const selection = document.getSelection();
  const selecting = selection && !selection.isCollapsed && section.contains(selection.anchorNode);
  return document.hidden || selecting || section.contains(document.activeElement);
}

async function refresh(section) {
  const state = section.querySelector("[data-live-state]");
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(10000) });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-live]");
    if (!fresh || busy(section)) return section;
    const known = keys(section);
    for (const row of fresh.querySelectorAll("[data-key]")) {
      row.classList.toggle("arrived", !known.has(row.dataset.key));
    }
    say(fresh, "live · ");
    section.replaceWith(document.adoptNode(fresh));
    return fresh;
  } catch {
    state.textContent = "no answer, trying again · ";
    return section;
  }
}

function say(section, text) {
  section.querySelector("[data-live-state]").textContent = text;
}

function live(first) {
  const seconds = Number(first.dataset.live);
  let section = first;
  say(section, "live · ");
  const next = () =>
    setTimeout(async () => {
      if (!busy(section)) section = await refresh(section);
      next();
    }, seconds * 1000);
  next();
}

function copyable(button) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(location.href);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy link"), 1500);
  });
}

function toError(step) {
  const rows = [...document.querySelectorAll(".lines .error")];
  const at = rows.findIndex((row) => "#" + row.id === location.hash);
  const row = rows[at < 0 && step < 0 ? rows.length - 1 : at + step];
  if (row) location.hash = row.id;
}

const shortcuts = {
  "/": () => document.querySelector("[data-focus]")?.focus(),
  n: () => toError(1),
  p: () => toError(-1),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !shortcuts[event.key]) return;
  event.preventDefault();
  shortcuts[event.key]();
});

document.querySelectorAll("form[data-go-on]").forEach((form) => form.requestSubmit());
document.querySelectorAll("[data-live]").forEach(live);
document.querySelectorAll("[data-copy]").forEach(copyable);
