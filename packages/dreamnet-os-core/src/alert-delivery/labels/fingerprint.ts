import type { LabelSet } from '@dreamnet/contracts';

/** FNV-1a's 64-bit offset basis, as its two halves. */
const BASIS_HIGH = 0xcbf29ce4 | 0;
const BASIS_LOW = 0x84222325 | 0;
/** FNV's 64-bit prime is 2^40 + 0x1b3: a multiplication by it is one by 0x1b3 plus a shift of the low half. */
const PRIME_LOW = 0x1b3;
/** Comes after each name and each value, so that `a=bc` and `ab=c` differ: no UTF-8 text holds this byte. */
const SEPARATOR = 0xff;

let high = 0;
let low = 0;

/**
 * The number by which Alertmanager and Prometheus know a label set: FNV-1a over its sorted pairs.
 *
 * @param names The set's names, sorted by their bytes.
 * @returns 16 hexadecimal digits.
 * @source prometheus/common model/signature.go: name, 0xff, value, 0xff for each pair
 */
export function fingerprintOf(labels: LabelSet, names: readonly string[]): string {
  high = BASIS_HIGH;
  low = BASIS_LOW;
  for (const name of names) {
    addText(name);
    addText(labels[name] ?? '');
  }
  return hexOf(high, low);
}

/** The text and the separator after it. State is in local variables while it runs: that is twice as fast. */
function addText(text: string): void {
  let upper = high;
  let lower = low;
  for (let at = 0; at <= text.length; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : SEPARATOR;
    if (code >= 0x80 && at < text.length) {
      high = upper;
      low = lower;
      addEncoded(text.slice(at));
      return;
    }
    // All in 32-bit whole numbers: the carry is computed by 16-bit parts, so nothing ever becomes a double.
    lower ^= code;
    const carry = ((lower >>> 16) * PRIME_LOW + (((lower & 0xffff) * PRIME_LOW) >>> 16)) >>> 16;
    upper = (Math.imul(upper, PRIME_LOW) + carry + (lower << 8)) | 0;
    lower = Math.imul(lower, PRIME_LOW);
  }
  high = upper;
  low = lower;
}

/** The rest of a text from its first character that is not ASCII on. */
function addEncoded(text: string): void {
  for (const byte of Buffer.from(text, 'utf8')) addByte(byte);
  addByte(SEPARATOR);
}

function addByte(byte: number): void {
  low ^= byte;
  const carry = ((low >>> 16) * PRIME_LOW + (((low & 0xffff) * PRIME_LOW) >>> 16)) >>> 16;
  high = (Math.imul(high, PRIME_LOW) + carry + (low << 8)) | 0;
  low = Math.imul(low, PRIME_LOW);
}

/** Made at once: put together from parts it would stay a chain of them in memory. */
function hexOf(one: number, other: number): string {
  return String.fromCharCode(
    ...[digit(one, 28), digit(one, 24), digit(one, 20), digit(one, 16)],
    ...[digit(one, 12), digit(one, 8), digit(one, 4), digit(one, 0)],
    ...[digit(other, 28), digit(other, 24), digit(other, 20), digit(other, 16)],
    ...[digit(other, 12), digit(other, 8), digit(other, 4), digit(other, 0)],
  );
}

/** The character code of the hexadecimal digit there. */
function digit(half: number, shift: number): number {
  const value = (half >>> shift) & 0xf;
  return value < 10 ? 0x30 + value : 0x57 + value;
}
