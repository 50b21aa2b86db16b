const SUFFIXES = [
  { from: 1e12, suffix: 'T' },
  { from: 1e9, suffix: 'G' },
  { from: 1e6, suffix: 'M' },
  { from: 1e4, suffix: 'k' },
] as const;

/** A measured value in few characters: `0.031`, `12.4`, `1,240`, `36.1 k`. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  for (const { from, suffix } of SUFFIXES)
    if (size >= from) return `${trimmed(value / (from === 1e4 ? 1e3 : from), 1)} ${suffix}`;
  if (size >= 1_000) return Math.round(value).toLocaleString('en');
  if (size >= 100 || Number.isInteger(value)) return trimmed(value, size >= 100 ? 1 : 0);
  if (size >= 1) return trimmed(value, 2);
  return size === 0 ? '0' : size < 0.0001 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

/** 0..1 as a percentage; small shares keep a digit. */
export function percentText(value: number): string {
  const shown = value * 100;
  return `${Math.abs(shown) < 10 ? trimmed(shown, 1) : Math.round(shown)} %`;
}

/** `1 alert`, `3 alerts`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
