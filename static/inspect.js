// Lets the page /inspect/ follow the visitor's session. Without this script, the visitor reloads the page.
"use strict";

const NO_ANSWER = "Your session can't be read at the moment. This page tries again by itself.";
const MOST_NAMES = 8;
const live = document.getElementById("live");
let shown = document.getElementById("inspect");
let html = shown.innerHTML; // as it came, without marks
let before; // the values of the step before
let stream, retry;
let isLooking = false, lookAgain = false;
let message = "This page follows your session by itself. Keep it open in a second window.";

/** Returns the text of a field, as it was before its mark. */
function textOf(field) {
  return field.dataset.text ?? field.textContent;
}

/** Returns the text of each field by its name, and the names of the events. */
function valuesOf(state) {
  const fields = [...state.querySelectorAll("[data-field]")].map(field => [field.dataset.field, textOf(field)]);
  const events = [...state.querySelectorAll("[data-event]")].map(event => event.dataset.event);
  return { fields: new Map(fields), events: new Set(events) };
}

function shorten(text) {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** Colors an element, and adds a word, because not everybody sees the color. */
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
    mark(field.closest("dd, p"), old === undefined ? "new" : `changed, before: ${shorten(old)}`);
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

function summary(changed) {
  if (changed.length === 0) return "No value changed.";
  return changed.length > MOST_NAMES ? `${changed.length} values changed.` : `Changed: ${changed.join(", ")}.`;
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
  message = `${last.textContent.trim().replace(/\s+/g, " ")} ${summary(changed)}`;
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
    say(NO_ANSWER);
  } finally {
    isLooking = false;
  }
}

function connect() {
  let failures = 0;
  stream = new EventSource("/inspect/events");
  stream.onopen = () => {
    failures = 0;
    look(); // something may have happened while no stream was open
  };
  stream.onmessage = look;
  stream.onerror = () => {
    // When a stream has ended, the browser connects again by itself. If that fails too, the server is away.
    failures += 1;
    if (failures < 2 && stream.readyState !== EventSource.CLOSED) return;
    stream.close();
    say(NO_ANSWER);
    retry = setTimeout(connect, 2000);
  };
}

addEventListener("pageshow", connect);
addEventListener("pagehide", () => {
  clearTimeout(retry);
  stream.close();
});
