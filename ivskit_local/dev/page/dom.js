// Elements, made and kept up to date. Text is only ever set as text.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, given, children) {
  for (const [name, value] of Object.entries(given)) {
    if (name === "on") {
      Object.entries(value).forEach(([event, act]) => element.addEventListener(event, act));
    } else if (name === "text") {
      element.textContent = value;
    } else if (name === "value") {
      element.value = value;
    } else {
      set(element, name, value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function el(name, given = {}, ...children) {
  return fill(document.createElement(name), given, children);
}

export function svg(name, given = {}, ...children) {
  return fill(document.createElementNS(SVG, name), given, children);
}

export function button(text, act, given = {}) {
  return el("button", { type: "button", text, on: { click: act }, ...given });
}

// An attribute; false and null remove it. Writes only what differs.
export function set(element, name, value) {
  if (value === false || value === null || value === undefined) {
    if (element.hasAttribute(name)) {
      element.removeAttribute(name);
    }
    return;
  }
  const text = value === true ? "" : String(value);
  if (element.getAttribute(name) !== text) {
    element.setAttribute(name, text);
  }
}

export function say(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

export function show(element, shown) {
  if (element.hidden === Boolean(shown)) {
    element.hidden = !shown;
  }
}

// Makes the children of an element those of the items, in their order, by key.
export function keyed(parent, items, keyOf, create, update) {
  const had = parent.made || new Map();
  const made = new Map();
  let before = parent.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    const child = had.get(key) || create(item);
    update(child, item);
    made.set(key, child);
    if (child === before) {
      before = before.nextSibling;
    } else {
      parent.insertBefore(child, before);
    }
  }
  for (const [key, child] of had) {
    if (made.get(key) !== child) {
      child.remove();
    }
  }
  parent.made = made;
}

// The options of a select, without losing what is chosen.
export function options(select, pairs) {
  const wanted = JSON.stringify(pairs);
  if (select.dataset.options === wanted) {
    return;
  }
  const chosen = select.value;
  select.dataset.options = wanted;
  select.replaceChildren(...pairs.map(([value, text]) => el("option", { value, text })));
  select.value = pairs.some(([value]) => value === chosen) ? chosen : pairs[0][0];
}
