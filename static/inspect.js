// Lets the page /inspect/ follow the visitor's session. Without this script, the visitor reloads the page.
"use strict";

const live = document.getElementById("live");
let shown = document.getElementById("inspect");
let html = shown.innerHTML; // as it came, without marks
let before; // the values of the step before
let stream, retry;
let isLooking = false, lookAgain = false;
let message = "This page follows your session by itself. Keep it open in a second window.";

/** Returns the text of each field by its name, and the names of the events. */
function valuesOf(state) {
  const fields = [...state.querySelectorAll("[data-field]")].map(field => [field.dataset.field, field.dataset.text ?? field.textContent]);
  const events = [...state.querySelectorAll("[data-event]")].map(event => event.dataset.event);
  return { fields: new Map(fields), events: new Set(events) };
}

/** Puts a word after an element, so that the color is not the only sign. */
function mark(element, text) {
  const word = document.createElement("em");
  word.className = "change";
  word.textContent = text;
  element.classList.add("changed");
  element.append(" ", word);
}

/** Marks what differs from the step before. Returns the names of the fields that do. */
function markChanges() {
  const changed = [];
  for (const field of shown.querySelectorAll("[data-field]")) {
    const name = field.dataset.field;
    const old = before.fields.get(name);
    field.dataset.text = field.textContent;
    if (old === field.textContent) continue;
    changed.push(name);
    mark(field.closest("dd, p"), old === undefined ? "new" : `changed, before: ${old.length > 60 ? old.slice(0, 60) + "…" : old}`);
  }
  for (const box of shown.querySelectorAll("[data-same-as]")) {
    if (changed.includes(box.dataset.sameAs)) mark(box, "changed");
  }
  for (const event of shown.querySelectorAll("[data-event]")) {
    if (!before.events.has(event.dataset.event)) mark(event.firstElementChild, "new");
  }
  return changed;
}

/** Screen readers read this aloud. */
function say(text) {
  if (live.textContent !== text) live.textContent = text;
}

function show(fresh) {
  if (fresh.dataset.step !== shown.dataset.step) before = valuesOf(shown);
  html = fresh.innerHTML;
  shown.replaceWith(fresh);
  shown = fresh;
  if (!before) return;
  const changed = markChanges();
  const last = shown.querySelector(".last");
  last.hidden = true; // the message repeats it
  message = `${last.textContent.trim().replace(/\s+/g, " ")} ${changed.length ? `Changed: ${changed.join(", ")}.` : "No value changed."}`;
}

/** Reads the page again, and shows it if it differs. */
async function look() {
  lookAgain = true;
  if (isLooking) return;
  isLooking = true;
  try {
    while (lookAgain) {
      lookAgain = false;
      const response = await fetch(location.href);
      if (!response.ok) throw new Error(response.status);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = document.adoptNode(page.getElementById("inspect"));
      if (fresh.innerHTML !== html) show(fresh);
      say(message);
    }
  } catch {
    say("The server does not answer. This page tries again by itself.");
  } finally {
    isLooking = false;
  }
}

function connect() {
  stream = new EventSource("/inspect/events");
  stream.onopen = look; // something may have happened while no stream was open
  stream.onmessage = look;
  stream.onerror = () => {
    // The browser connects again by itself, unless the answer was an error.
    if (stream.readyState === EventSource.CLOSED) {
      look();
      retry = setTimeout(connect, 2000);
    }
  };
}

addEventListener("pageshow", connect);
addEventListener("pagehide", () => {
  clearTimeout(retry);
  stream.close();
});
