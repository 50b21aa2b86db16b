import { constants } from 'node:os';
import { STOP_SIGNALS, type StopSignal } from '@dreamnet/contracts';

/** A map of keys, whatever stands there. */
export function mapOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** A list; a single value is a list of one, nothing is none. */
export function listOf(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** A text that is not empty. */
export function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Texts and numbers as texts. */
export function wordsOf(value: unknown): string[] {
  return listOf(value).map((one) => (typeof one === 'object' ? JSON.stringify(one) : String(one)));
}

/** A number from 0, also written as text. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const number = Number(value);
  return value !== '' && Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** How many processes are meant; 1 when nothing, or no whole number, is said. */
export function countOf(value: unknown): number {
  const number = numberOf(value) ?? 1;
  return Number.isInteger(number) && number > 0 ? number : 1;
}

/** A signal to stop with, as the other tools write it (`QUIT`, `SIGQUIT`, `3`), as the fleet file does; undefined: none it takes. */
export function stopSignalOf(value: unknown): StopSignal | undefined {
  const text = String(value ?? '')
    .trim()
    .toUpperCase();
  return STOP_SIGNALS.find(
    (signal) => text === signal || `SIG${text}` === signal || text === String(constants.signals[signal]),
  );
}

/** A size as the other tools write it (`512M`, `1g`, `300MB`, bytes), as the fleet file does. */
export function sizeOf(value: unknown): string | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(String(value ?? '').trim());
  const unit = { '': 'B', k: 'KiB', m: 'MiB', g: 'GiB' }[(match?.[2] ?? '').toLowerCase()];
  if (!match?.[1] || unit === undefined) return undefined;
  return `${match[1]}${unit}`;
}

/** A span of time as compose files write it (`1m30s`, `10s`), in ms. */
export function spanMsOf(value: unknown): number | undefined {
  const text = String(value ?? '');
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    total += Number(amount) * (unitMs[unit ?? ''] ?? 0);
  return total;
}

/** Says of each key that is set, and nobody read, that it was left out. */
export function leftOut(given: Record<string, unknown>, known: readonly string[]): string[] {
  const rest = Object.keys(given).filter((key) => !known.includes(key) && given[key] !== undefined);
  return rest.length === 0 ? [] : [`not carried over: ${rest.join(', ')}`];
}
