// Small helpers for the page. Foreign text only ever becomes text, never markup.

export const byId = (id) => document.getElementById(id);

/** An element with properties (those with a "-" are attributes) and children. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties))
    if (name.includes("-")) made.setAttribute(name, value);
    else made[name] = value;
  made.append(...children.filter((child) => child != null));
  return made;
}

/**
 * Makes the children of `parent` those of `items`, in that order. What is there already for a key stays, so that
 * focus and selection do; it is filled anew only when the item changed.
 */
export function sync(parent, items, keyOf, make, fill) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  items.forEach((item, place) => {
    const key = String(keyOf(item));
    const row = old.get(key) ?? make(item);
    old.delete(key);
    const shown = JSON.stringify(item);
    if (row.dataset.shown !== shown) fill(row, item);
    row.dataset.key = key;
    row.dataset.shown = shown;
    if (parent.children[place] !== row) parent.insertBefore(row, parent.children[place] ?? null);
  });
  for (const gone of old.values()) gone.remove();
}

/** A table row of so many empty cells. */
export const rowOf = (cells) => element("tr", {}, ...Array.from({ length: cells }, () => element("td")));

/** Puts text, or elements, into a cell. */
export function put(cell, content, className = "") {
  cell.className = className;
  cell.replaceChildren(...[content ?? "–"].flat());
  if (className.includes("text")) cell.title = cell.textContent;
}

export const badge = (text, tone, title = "") => element("span", { className: `badge ${tone}`, title }, text);

/** Asks the engine for something somebody wants, and says why when it refuses. */
export async function ask(run) {
  byId("notice").textContent = "";
  try {
    await run();
  } catch (why) {
    byId("notice").textContent = why.message;
  }
}

/** A button that asks for something; once at a time. */
export function action(label, title, run) {
  const button = element("button", { type: "button", title }, label);
  button.addEventListener("click", async () => {
    button.disabled = true;
    await ask(run);
    button.disabled = false;
  });
  return button;
}

/** As put(), but only when `what` has changed since: a button that is being pressed must not be replaced. */
export function putOnce(cell, what, make, className) {
  if (cell.dataset.what === what) return;
  cell.dataset.what = what;
  put(cell, make(), className);
}
