import { isUtf8 } from 'node:buffer';

/**
 * The bytes of a secret as text, without the final line break: editors and `echo` end a text with one that is no part of it.
 *
 * @returns In words why not, of bytes that are no text: to read them as such would change them.
 */
export function secretText(bytes: Buffer): { value: string } | { observed: string } {
  if (!isUtf8(bytes)) return { observed: 'not valid Unicode text: encode it, in base64 for example' };
  return { value: bytes.toString('utf8').replace(/\r?\n$/, '') };
}
