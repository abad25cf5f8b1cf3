// Dialogs: what can be done with a channel, what an action needs to know, and a new channel.

import { ACTIONS, GROUPS, suits } from "./actions.js";
import { button, el } from "./dom.js";

function dialog(title, ...content) {
  const heading = el("h2", { text: title, id: "dialog-title" });
  const made = el("dialog", { "aria-labelledby": "dialog-title" }, heading, ...content);
  made.addEventListener("close", () => made.remove());
  made.addEventListener("click", (event) => {
    if (event.target === made) {
      made.close();
    }
  });
  document.body.append(made);
  made.showModal();
  return made;
}

// All that suits a channel, by group; act(action) does it.
export function chooseAction(channel, act) {
  const groups = GROUPS.map((group) => {
    const fitting = ACTIONS.filter((one) => one.group === group && suits(one, channel));
    const buttons = fitting.map((action) => {
      const chosen = () => {
        made.close();
        act(action);
      };
      const pressed = button(action.label, chosen, { class: action.danger ? "danger" : "" });
      return el("li", {}, pressed, action.hint ? el("small", { text: action.hint }) : null);
    });
    return fitting.length
      ? el("section", {}, el("h3", { text: group }), el("ul", { class: "choices" }, ...buttons))
      : null;
  });
  const made = dialog(channel.name, ...groups.filter(Boolean), buttons(button("Close", () => made.close())));
}

// Some actions that are about no channel.
export function chooseFrom(title, actions, act) {
  const chosen = (action) => () => {
    made.close();
    act(action);
  };
  const choices = actions.map((action) => el("li", {}, button(action.label, chosen(action))));
  const made = dialog(title, el("ul", { class: "choices" }, ...choices), buttons(button("Close", () => made.close())));
}

function buttons(...some) {
  return el("p", { class: "buttons" }, ...some);
}

// Asks for the fields of an action, then hands over what was given.
export function ask(title, fields, hint, given) {
  const inputs = fields.map((field) => [field, input(field)]);
  const form = el(
    "form",
    { method: "dialog" },
    hint ? el("p", { class: "hint", text: hint }) : null,
    ...inputs.map(([field, control]) => labelled(field, control)),
    buttons(
      button("Cancel", () => made.close()),
      el("button", { type: "submit", class: "primary", text: "Do it" }),
    ),
  );
  form.addEventListener("submit", () => {
    given(Object.fromEntries(inputs.map(([field, control]) => [field.name, valueOf(control)])));
  });
  const made = dialog(title, form);
  inputs[0][1].focus();
}

function labelled(field, control) {
  return control.type === "checkbox"
    ? el("label", { class: "check" }, control, el("span", { text: field.label }))
    : el("label", {}, el("span", { text: field.label }), control);
}

function input(field) {
  if (field.pairs) {
    const choices = field.pairs.map(([value, text]) => el("option", { value, text }));
    return el("select", { name: field.name }, ...choices);
  }
  if (field.type === "checkbox") {
    return el("input", { type: "checkbox", name: field.name, checked: field.value });
  }
  const { name, type = "text", min, pattern, value, optional } = field;
  return el("input", { name, type, min, pattern, value, required: !optional, autocomplete: "off" });
}

function valueOf(control) {
  return control.type === "checkbox" ? control.checked : control.value.trim();
}

export function askForChannel(number, create) {
  const fields = [
    {
      name: "name", label: "Name (letters, digits, - and _)", value: `show-${number}`,
      pattern: "[a-zA-Z0-9_\\-]{1,128}",
    },
    { name: "managed", label: "ivskit manages it", value: true, type: "checkbox" },
    { name: "private", label: "Viewers need a token", value: false, type: "checkbox" },
    { name: "recorded", label: "IVS records it", value: false, type: "checkbox" },
  ];
  ask("New channel", fields, null, (given) => {
    const tags = given.managed ? { "ivskit:managed": "true" } : {};
    const recording = given.recorded ? {} : null;
    create({ name: given.name, tags, private: given.private, recording });
  });
}
