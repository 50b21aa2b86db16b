const UNITS = [
  { unit: 'd', ms: 86_400_000 },
  { unit: 'h', ms: 3_600_000 },
  { unit: 'm', ms: 60_000 },
  { unit: 's', ms: 1_000 },
] as const;

/** How long in at most two units: `4 s`, `12 m`, `3 h 20 m`. Under a second `now`. */
export function durationText(ms: number): string {
  const at = UNITS.findIndex((unit) => ms >= unit.ms);
  const large = UNITS[at];
  if (!large) return 'now';
  const whole = Math.floor(ms / large.ms);
  const small = UNITS[at + 1];
  const left = small ? Math.floor((ms - whole * large.ms) / small.ms) : 0;
  const second = small && left > 0 && whole < 10 ? ` ${left} ${small.unit}` : '';
  return `${whole} ${large.unit}${second}`;
}

/** A span as it is measured: `12 ms`, `1.84 s`, `3.2 m`. */
export function spanText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  return durationText(ms);
}

/** The time of day with milliseconds. */
export function clockText(at: number): string {
  const date = new Date(at);
  return `${date.toLocaleTimeString([], { hour12: false })}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Date, time of day and time zone, in the reader's language: `21 Nov 2026, 14:35:02 UTC`. */
export function momentText(at: number): string {
  return new Date(at).toLocaleString([], {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
    timeZoneName: 'short',
  });
}
