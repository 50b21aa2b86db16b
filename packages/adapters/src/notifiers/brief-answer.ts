/** An answer that says in one piece that all is well. */
export interface BriefAnswer {
  /** 200 to 299. */
  status: number;
  /** Where the body begins; it ends with the bytes. */
  bodyAt: number;
  /** Of a `keep-alive` header; undefined without one. */
  keepAlive: string | undefined;
}

/** A status of success and fields as RFC 9110 §5 has them: printable, none folded, no lone CR or LF. */
const HEAD =
  /^HTTP\/1\.1 2\d\d(?: [\t -~\x80-\xff]*)?(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*)*$/;
const STATUS_AT = 9;
const LENGTH = /^\d{1,4}$/;
const NO_CONTENT = 204;
/** Whatever the value of one of these is, the answer is more than a brief one. */
const UNUSUAL: ReadonlySet<string> = new Set(['transfer-encoding', 'upgrade', 'trailer', 'proxy-connection']);

/**
 * Reads the answer that nearly every receiver gives nearly every time: success, on a connection that stays, with a stated
 * length, whole, and nothing after it. Refuses to read any other, however slightly it differs: those are for a real parser.
 *
 * @param bytes What came in the first piece.
 * @returns undefined when it is no such answer.
 * @source RFC 9112 §4, §5, §6.3
 */
export function readBriefAnswer(bytes: Buffer): BriefAnswer | undefined {
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const head = end < 0 ? '' : text.slice(0, end);
  if (!HEAD.test(head)) return undefined;
  const status = Number(head.slice(STATUS_AT, STATUS_AT + 3));
  const fields = readFields(head);
  if (!fields) return undefined;
  const { length, keepAlive } = fields;
  // Without a length the end of the connection is the end of the answer, but where there is no body by definition.
  if (length === undefined ? status !== NO_CONTENT : status === NO_CONTENT && length > 0) return undefined;
  const bodyAt = end + 4;
  return bodyAt + (length ?? 0) === bytes.length ? { status, bodyAt, keepAlive } : undefined;
}

interface Fields {
  length: number | undefined;
  keepAlive: string | undefined;
}

/** The fields that say where an answer ends and what becomes of its connection; undefined when one says something unusual. */
function readFields(head: string): Fields | undefined {
  const fields: Fields = { length: undefined, keepAlive: undefined };
  for (let at = head.indexOf('\r\n'); at >= 0; ) {
    const next = head.indexOf('\r\n', at + 2);
    const colon = head.indexOf(':', at);
    const name = head.slice(at + 2, colon).toLowerCase();
    if (UNUSUAL.has(name)) return undefined;
    if (name === 'content-length' || name === 'connection' || name === 'keep-alive') {
      const value = head.slice(colon + 1, next < 0 ? undefined : next).trim();
      if (!take(fields, name, value)) return undefined;
    }
    at = next;
  }
  return fields;
}

function take(fields: Fields, name: 'content-length' | 'connection' | 'keep-alive', value: string): boolean {
  if (name === 'connection') return value.toLowerCase() === 'keep-alive';
  if (name === 'keep-alive') {
    fields.keepAlive = value;
    return true;
  }
  if (fields.length !== undefined || !LENGTH.test(value)) return false;
  fields.length = Number(value);
  return true;
}
