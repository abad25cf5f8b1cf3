// Where everything of the timeline goes: lanes, session bars, marks. Pure: numbers in, numbers out.

import { firstFrom, passes } from "./model.js";
import { parse } from "./time.js";

export const LANE = { height: 74, top: 30, bar: 25, name: 15 };
// In each lane: what people do, sessions and IVS's events, decisions, what came of them.
const ROWS = {
  step: 13, command: 13, check: 13, session: 29, event: 29, decision: 46, outcome: 62, mail: 62,
  "dead letter": 62,
};
const TOGETHER = 15;
const WEIGHT = { failed: 3, refused: 2, well: 1 };
const SHAPES = {
  step: "up", command: "square", check: "square", session: "bar", event: "circle",
  decision: "diamond", outcome: "square", mail: "letter", "dead letter": "cross",
};

export function shapeOf(kind) {
  return SHAPES[kind] || "circle";
}

// The scale of a view: from and to in ms, left and right in pixels.
export function scale(view, width, labels) {
  const left = labels;
  const right = Math.max(left + 50, width - 10);
  const size = (right - left) / (view.to - view.from);
  return { left, right, x: (ms) => left + (ms - view.from) * size, ms: (x) => view.from + (x - left) / size };
}

// The lanes that have something to show in the view: { arn, name, count }. A chosen one always has.
export function lanes(store, channels, view, wanted) {
  const all = [...channels.map(({ arn, name }) => ({ arn, name })), { arn: null, name: "everything else" }];
  const chosen = wanted.channel ? all.filter((lane) => lane.arn === wanted.channel) : all;
  const gone = [...store.byChannel.keys()].filter((arn) => arn && !all.some((lane) => lane.arn === arn));
  const more = wanted.channel ? [] : gone.map((arn) => ({ arn, name: arn.split("/").pop() }));
  return [...chosen, ...more].filter((lane) => wanted.channel || isActive(store, lane.arn, view));
}

function isActive(store, arn, view) {
  const facts = store.of(arn);
  const first = firstFrom(facts, view.from);
  if (first < facts.length && facts[first].ms <= view.until) {
    return true;
  }
  if (isDue(store.state, arn, view)) {
    return true;
  }
  return store.stretches(arn).some((one) => one.from <= view.until && (one.to === null || one.to >= view.from));
}

function isDue(state, arn, view) {
  const sees = view.until >= view.now;
  return sees && state.due.some((one) => (one.channel || null) === arn && parse(one.at) <= view.to);
}

// The bars of a lane's sessions, cut to the view.
export function bars(store, arn, view, at) {
  const found = [];
  for (const one of store.stretches(arn)) {
    const to = Math.min(one.to === null ? view.until : one.to, view.until);
    if (one.from <= view.to && to >= view.from && one.from <= view.until) {
      const from = Math.max(at.left, at.x(one.from));
      const wide = Math.max(2, Math.min(at.right, at.x(to)) - from);
      found.push({ key: `${one.from} ${one.status}`, x: from, width: wide, status: one.status, name: one.name });
    }
  }
  return found;
}

// The marks of a lane; those that would lie upon each other are one, with how many they are.
export function marks(store, arn, view, wanted, at) {
  const facts = store.of(arn);
  const rows = new Map();
  const last = Math.min(view.to, view.until);
  for (let place = firstFrom(facts, view.from); place < facts.length && facts[place].ms <= last; place += 1) {
    if (passes(facts[place], wanted)) {
      join(rows, facts[place], at.x(facts[place].ms));
    }
  }
  return [...rows.values()].flat().sort((one, other) => one.x - other.x || one.y - other.y);
}

function join(rows, fact, x) {
  const y = ROWS[fact.kind] || ROWS.event;
  const row = rows.get(y) || [];
  rows.set(y, row);
  const before = row[row.length - 1];
  if (before && x - before.x < TOGETHER) {
    before.facts.push(fact);
    if ((WEIGHT[fact.mark] || 0) > (WEIGHT[before.shown.mark] || 0)) {
      before.shown = fact;
    }
    return;
  }
  row.push({ key: `${y} ${fact.n}`, x, y, facts: [fact], shown: fact });
}

// What is due in a lane: hollow marks to the right of now; what lies beyond the view is at its edge.
export function dues(state, arn, view, at) {
  const found = [];
  const here = state.due.filter((one) => (one.channel || null) === arn);
  for (const one of here) {
    const ms = parse(one.at);
    const beyond = ms > view.to;
    const x = beyond ? at.right : at.x(ms);
    const y = one.function ? ROWS.decision : ROWS.event;
    const near = found.find((other) => other.y === y && Math.abs(other.x - x) < TOGETHER);
    if (near) {
      near.all.push({ ...one, ms });
    } else {
      found.push({ key: `due ${one.at} ${one.what}`, x, y, beyond, all: [{ ...one, ms }] });
    }
  }
  return found;
}

// The lines between a fact, what led to it and what it led to, where both ends are in the view.
export function lines(store, selected, placed) {
  const fact = selected === null ? null : store.byNumber.get(selected);
  if (!fact) {
    return [];
  }
  const all = [...store.ancestors(fact), fact, ...store.descendants(fact)];
  const found = [];
  for (const one of all) {
    const from = one.parent === null ? null : placed.get(one.parent);
    const to = placed.get(one.n);
    if (from && to && (from.x !== to.x || from.y !== to.y)) {
      found.push({ key: one.n, path: curve(from, to) });
    }
  }
  return found;
}

function curve(from, to) {
  const wide = to.x - from.x;
  if (Math.abs(wide) < 12) {
    const side = from.x + 14;
    return `M${from.x} ${from.y}C${side} ${from.y} ${side} ${to.y} ${to.x} ${to.y}`;
  }
  const bend = Math.min(60, wide / 2);
  return `M${from.x} ${from.y}C${from.x + bend} ${from.y} ${to.x - bend} ${to.y} ${to.x} ${to.y}`;
}

// The facts that belong to the selected one.
export function family(store, selected) {
  const fact = selected === null ? null : store.byNumber.get(selected);
  const all = fact ? [...store.ancestors(fact), fact, ...store.descendants(fact)] : [];
  return new Set(all.map((one) => one.n));
}
