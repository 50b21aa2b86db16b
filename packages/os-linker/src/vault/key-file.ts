import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';

/** AES-256. */
export const KEY_BYTES = 32;
const PLAIN_HEADER = 'dreamnet-vault-key-v1';
const SEALED_HEADER = 'dreamnet-vault-key-v2';
const NONCE_BYTES = 12;
const SALT_BYTES = 16;
/**
 * About 0.2 s and 32 MiB a try: as hard to guess as one round of 128 MiB, which a small machine may not have.
 *
 * @source OWASP Password Storage Cheat Sheet, scrypt
 */
const COST = { N: 2 ** 15, r: 8, p: 3 };
/** A file that asks for more is not ours, and must not take the machine's memory. */
const LARGEST = { N: 2 ** 20, r: 32, p: 16 };
const MOST_MEMORY_BYTES = 2 * 1024 ** 3;

const deriveKey = promisify<string, Buffer, number, object, Buffer>(scrypt);

const sealedSchema = z.strictObject({
  kdf: z.literal('scrypt'),
  N: z.int().min(2).max(LARGEST.N),
  r: z.int().min(1).max(LARGEST.r),
  p: z.int().min(1).max(LARGEST.p),
  salt: z.base64(),
  nonce: z.base64(),
  ciphertext: z.base64(),
  tag: z.base64(),
});

/** A master key under a passphrase, as it lies in its file. */
export type SealedKey = z.infer<typeof sealedSchema>;

/** What a key file holds. */
export type KeyFile =
  | { readonly kind: 'plain'; readonly bytes: Buffer }
  | { readonly kind: 'sealed'; readonly sealed: SealedKey };

/** A key file with the key as it is. `check` tells a damaged key from a wrong one. */
export function formatPlainKey(bytes: Buffer, check: string): string {
  return `${PLAIN_HEADER}\n${bytes.toString('base64')}\n${check}\n`;
}

/** A key file whose key only the passphrase opens: scrypt makes a key of it, and that encrypts (AES-256-GCM). */
export async function formatSealedKey(bytes: Buffer, passphrase: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const wrapping = await wrappingKey(passphrase, { ...COST, salt });
  const cipher = createCipheriv('aes-256-gcm', wrapping, nonce);
  cipher.setAAD(Buffer.from(SEALED_HEADER));
  const ciphertext = Buffer.concat([cipher.update(bytes), cipher.final()]);
  const sealed: SealedKey = {
    ...{ kdf: 'scrypt', ...COST, salt: salt.toString('base64'), nonce: nonce.toString('base64') },
    ...{ ciphertext: ciphertext.toString('base64'), tag: cipher.getAuthTag().toString('base64') },
  };
  const line = JSON.stringify(sealed);
  return `${SEALED_HEADER}\n${line}\n${checksum(line)}\n`;
}

/**
 * Reads a key file; undefined when it is cut short or altered.
 *
 * @param checkOf The check value of a plain key.
 */
export function parseKeyFile(content: Buffer, checkOf: (bytes: Buffer) => string): KeyFile | undefined {
  const [header, middle = '', check = '', ...rest] = content.toString('utf8').split('\n');
  if (rest.length !== 1 || rest[0] !== '') return undefined;
  if (header === PLAIN_HEADER) {
    const bytes = Buffer.from(middle, 'base64');
    return bytes.length === KEY_BYTES && check === checkOf(bytes) ? { kind: 'plain', bytes } : undefined;
  }
  if (header !== SEALED_HEADER || check !== checksum(middle)) return undefined;
  const parsed = sealedSchema.safeParse(parseJson(middle));
  return parsed.success ? { kind: 'sealed', sealed: parsed.data } : undefined;
}

/** The key; undefined when the passphrase is not the one it was sealed with. */
export async function openSealedKey(sealed: SealedKey, passphrase: string): Promise<Buffer | undefined> {
  const { N, r, p } = sealed;
  const [salt, nonce, ciphertext, tag] = [sealed.salt, sealed.nonce, sealed.ciphertext, sealed.tag].map(
    (text) => Buffer.from(text, 'base64'),
  );
  if (!salt || !nonce || !ciphertext || tag?.length !== 16 || nonce.length !== NONCE_BYTES) return undefined;
  try {
    const wrapping = await wrappingKey(passphrase, { N, r, p, salt });
    const decipher = createDecipheriv('aes-256-gcm', wrapping, nonce, { authTagLength: tag.length });
    decipher.setAAD(Buffer.from(SEALED_HEADER));
    decipher.setAuthTag(tag);
    const bytes = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
    return bytes.length === KEY_BYTES ? bytes : undefined;
  } catch {
    return undefined; // the tag is not what it must be, or the costs are none of scrypt's
  }
}

/** The same text however a keyboard composes its letters. */
function wrappingKey(
  passphrase: string,
  { salt, ...cost }: { N: number; r: number; p: number; salt: Buffer },
): Promise<Buffer> {
  return deriveKey(passphrase.normalize('NFC'), salt, KEY_BYTES, { ...cost, maxmem: MOST_MEMORY_BYTES });
}

function checksum(line: string): string {
  return createHash('sha256').update(line).digest('hex').slice(0, 16);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
