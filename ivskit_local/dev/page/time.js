// Moments as milliseconds since 1970, and as people read them. A zone is "utc" or "local".

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const TICKS = [
  SECOND, 5 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE,
  HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 7 * DAY, 30 * DAY,
];

export function parse(iso) {
  return iso ? Date.parse(iso) : null;
}

function parts(ms, zone) {
  const date = new Date(ms);
  if (zone === "utc") {
    return date.toISOString().split(/[TZ]/);
  }
  const shifted = new Date(ms - date.getTimezoneOffset() * MINUTE);
  return shifted.toISOString().split(/[TZ]/);
}

export function day(ms, zone) {
  return parts(ms, zone)[0];
}

export function clock(ms, zone) {
  return parts(ms, zone)[1].slice(0, 8);
}

// With milliseconds where there are any.
export function exactly(ms, zone) {
  const [date, time] = parts(ms, zone);
  const fraction = time.slice(8);
  return `${date} ${time.slice(0, 8)}${fraction === ".000" ? "" : fraction}`;
}

export function zoneName(zone, ms) {
  if (zone === "utc") {
    return "UTC";
  }
  const away = -new Date(ms).getTimezoneOffset();
  const size = Math.abs(away);
  const hours = String(Math.floor(size / 60)).padStart(2, "0");
  const minutes = String(size % 60).padStart(2, "0");
  return `UTC${away < 0 ? "−" : "+"}${hours}:${minutes}`;
}

// "45 s", "10 min 20 s", "3 h", "2 d 4 h": at most two units.
export function span(ms) {
  const units = [["d", DAY], ["h", HOUR], ["min", MINUTE], ["s", SECOND]];
  let left = Math.abs(ms);
  if (left < SECOND) {
    return left > 0 ? `${Math.round(left)} ms` : "0 s";
  }
  const said = [];
  for (const [unit, size] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) {
      said.push(`${count} ${unit}`);
    }
    if (said.length === 2 || (said.length === 1 && count === 0)) {
      break;
    }
  }
  return said.join(" ");
}

// The moments of an axis with room for this many, and the distance between them.
export function ticks(from, to, most, zone) {
  const step = TICKS.find((size) => (to - from) / size <= most) || TICKS[TICKS.length - 1];
  const away = zone === "utc" ? 0 : new Date(from).getTimezoneOffset() * MINUTE;
  const found = [];
  for (let at = Math.ceil((from - away) / step) * step + away; at <= to; at += step) {
    found.push(at);
  }
  return { step, at: found };
}
