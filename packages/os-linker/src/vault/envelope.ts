import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { MasterKey } from './master-key.js';

/** 96 bits, random for every record: GCM's own size. @source NIST SP 800-38D §8.2.2 */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What is encrypted and bound together: moving a record to another key or version makes it unreadable. */
export interface RecordLabel {
  readonly key: string;
  readonly version: number;
  /** A deleted secret leaves a last version without a value, so that versions never start again. */
  readonly isDeleted: boolean;
}

/** The one spelling: base64 has spare bits that decode the same, and an altered record must not be read. */
const base64Schema = z.string().refine((text) => Buffer.from(text, 'base64').toString('base64') === text);

const envelopeSchema = z.strictObject({
  format: z.literal('dreamnet-vault-record-v1'),
  key: z.string(),
  version: z.number().int().positive(),
  isDeleted: z.boolean(),
  writtenAt: z.number(),
  keyId: z.string(),
  nonce: base64Schema,
  ciphertext: base64Schema,
  tag: base64Schema,
});

/** A record as it lies on disk. */
export type Envelope = z.infer<typeof envelopeSchema>;

/** Encrypts one value under its label. */
export function seal(
  master: MasterKey,
  label: RecordLabel & { readonly writtenAt: number },
  value: string,
): string {
  const nonce = randomBytes(NONCE_BYTES);
  const header = { ...label, keyId: master.id };
  const cipher = createCipheriv('aes-256-gcm', master.bytes, nonce);
  cipher.setAAD(additionalData(header));
  const ciphertext = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  const envelope: Envelope = {
    format: 'dreamnet-vault-record-v1',
    ...header,
    nonce: nonce.toString('base64'),
    ciphertext: ciphertext.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  };
  return `${JSON.stringify(envelope)}\n`;
}

/** The envelope in a file; undefined when the text is none (cut short, or something else). */
export function readEnvelope(content: Buffer): Envelope | undefined {
  const text = content.toString('utf8');
  // The final line break is the last byte written: without it the file was cut.
  if (!text.endsWith('}\n')) return undefined;
  try {
    const parsed = envelopeSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Decrypts; undefined when the label, the value or the tag is not what was sealed. */
export function unseal(master: MasterKey, envelope: Envelope): string | undefined {
  const nonce = Buffer.from(envelope.nonce, 'base64');
  const tag = Buffer.from(envelope.tag, 'base64');
  // A shorter tag would be accepted by GCM and is easier to forge.
  if (nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', master.bytes, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData(envelope));
  decipher.setAuthTag(tag);
  try {
    const value = decipher.update(Buffer.from(envelope.ciphertext, 'base64'));
    return Buffer.concat([value, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

function additionalData(header: RecordLabel & { writtenAt: number; keyId: string }): Buffer {
  const { key, version, isDeleted, writtenAt, keyId } = header;
  return Buffer.from(JSON.stringify(['dreamnet-vault-record-v1', key, version, isDeleted, writtenAt, keyId]));
}
