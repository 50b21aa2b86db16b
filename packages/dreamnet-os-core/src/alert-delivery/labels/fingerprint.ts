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
    addByte(SEPARATOR);
    addText(labels[name] ?? '');
    addByte(SEPARATOR);
  }
  return hexOf(high) + hexOf(low);
}

function addText(text: string): void {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0x80) {
      addEncoded(text.slice(at));
      return;
    }
    addByte(code);
  }
}

/** The rest of a text from its first character that is not ASCII on. */
function addEncoded(text: string): void {
  for (const byte of Buffer.from(text, 'utf8')) addByte(byte);
}

/** All in 32-bit whole numbers: the carry is computed by 16-bit parts, so nothing ever becomes a double. */
function addByte(byte: number): void {
  low ^= byte;
  const upper = (low >>> 16) * PRIME_LOW;
  const lower = (low & 0xffff) * PRIME_LOW;
  const carry = (upper + (lower >>> 16)) >>> 16;
  high = (Math.imul(high, PRIME_LOW) + carry + (low << 8)) | 0;
  low = Math.imul(low, PRIME_LOW);
}

function hexOf(half: number): string {
  return (half >>> 0).toString(16).padStart(8, '0');
}
