const MS_PER: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTES_PER: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  kB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
};

/** A year: whatever is longer is a slip, and no timer or date can be trusted with it. */
export const LONGEST_DURATION_MS = 365 * 86_400_000;

/**
 * A duration such as `100ms`, `30s`, `5m`, `1.5h`, `2d`; `0` alone is allowed.
 *
 * @returns Milliseconds, or undefined when the text is no duration. A bare number is none: its unit is not known.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  const unit = MS_PER[match?.[2] ?? ''];
  return match?.[1] === undefined || unit === undefined ? undefined : Number(match[1]) * unit;
}

/**
 * A size such as `256MiB`, `1GB`, `512B`.
 *
 * @returns Bytes, or undefined when the text is no size.
 */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB|kB|MB|GB)$/.exec(text);
  const unit = BYTES_PER[match?.[2] ?? ''];
  return match?.[1] === undefined || unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}

const THOUSANDS: Readonly<Record<string, number>> = { '': 1, k: 1000, M: 1_000_000, G: 1_000_000_000 };

/**
 * A count such as `5000`, `250k`, `1.5M`.
 *
 * @returns A whole number, or undefined when the text is none.
 */
export function parseCount(text: string): number | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,9})?)(k|M|G|)$/.exec(text);
  const factor = THOUSANDS[match?.[2] ?? '-'];
  if (match?.[1] === undefined || factor === undefined) return undefined;
  const count = Math.round(Number(match[1]) * factor * 1e6) / 1e6;
  return Number.isSafeInteger(count) ? count : undefined;
}
