// The clock, and what moves it: pause, speed, step, jumps, and the way back to earlier moments.

import { options, say, set, show } from "./dom.js";
import { clock, day, exactly, parse, span, zoneName } from "./time.js";

// The positions of the slider.
const FINE = 10000;
const SPEEDS = [1, 10, 60, 600, 3600];

export class TimeBar {
  constructor(part, page, isLive) {
    this.part = part;
    this.page = page;
    this.isLive = isLive;
    this.scrubbing = false;
    options(part("speed"), SPEEDS.map((speed) => [String(speed), `${speed}×`]));
    const on = (name, event, act) => part(name).addEventListener(event, act);
    on("pause", "click", () => page.time({ paused: !this.clock.paused }));
    on("speed", "change", (event) => page.time({ speed: Number(event.target.value) }));
    on("step", "click", () => page.time({ step: true }));
    on("jump-minute", "click", () => page.time({ jump: "1m" }));
    on("jump-hour", "click", () => page.time({ jump: "1h" }));
    on("jump", "submit", (event) => {
      event.preventDefault();
      page.time({ jump: part("jump-by").value.trim() });
    });
    on("scrub", "input", () => this.scrub());
    on("back", "click", () => page.look(null));
    on("restart", "click", () => page.time({ restart_from: new Date(this.past).toISOString() }));
  }

  scrub() {
    const { value } = this.part("scrub");
    const { from, to } = this.reach;
    this.lookAt(from + (to - from) * (Number(value) / FINE), Number(value) >= FINE);
  }

  lookAt(ms, isNow) {
    this.page.look(isNow ? null : ms);
  }

  draw(store, view) {
    const { part } = this;
    const { now, start, state } = store;
    this.past = view.past;
    this.reach = { from: start, to: now };
    this.clock = state.clock || { paused: true, speed: 1, behind_ms: 0 };
    const shown = view.past === null ? now : view.past;
    say(part("time"), clock(shown, view.zone));
    say(part("date"), `${day(shown, view.zone)} ${zoneName(view.zone, shown)}`);
    say(part("since"), `${span(shown - start)} since the start`);
    this.drawClock(state);
    const place = now > start ? Math.round((FINE * (shown - start)) / (now - start)) : FINE;
    if (document.activeElement !== part("scrub") || view.past === null) {
      part("scrub").value = String(place);
    }
    set(part("scrub"), "aria-valuetext", exactly(shown, view.zone));
    show(part("past"), view.past !== null);
    show(part("acts"), view.past === null);
    if (view.past !== null) {
      const ago = span(now - view.past);
      const goes = this.isLive && !this.clock.paused ? " The world goes on meanwhile." : "";
      say(part("past-text"), `Viewing the past: ${exactly(view.past, view.zone)} ${zoneName(view.zone, view.past)}, ${ago} before now.${goes}`);
    }
  }

  drawClock(state) {
    const { part } = this;
    const { paused, speed, behind_ms: behind, jumping_to: goal } = this.clock;
    say(part("pause"), paused ? "Resume" : "Pause");
    set(part("pause"), "aria-pressed", String(paused));
    if (document.activeElement !== part("speed")) {
      part("speed").value = String(speed);
    }
    const next = state.due.length ? parse(state.due[0].at) : null;
    const soon = next === null ? "nothing is due" : `next due in ${span(Math.max(0, next - parse(state.now)))}`;
    const late = behind > 1000 ? `${span(behind)} behind` : soon;
    say(part("next"), goal ? `jumping to ${clock(parse(goal), this.page.zone())}` : late);
    set(part("step"), "title", next === null ? "Nothing is due" : `${state.due[0].what}`);
  }
}

