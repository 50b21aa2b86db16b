import type { DreamnetEvent } from '@dreamnet/contracts';
import { isEventType } from './event-types.js';

/** An event in the JSON format of CloudEvents 1.0. */
export interface CloudEvent {
  specversion: '1.0';
  id: string;
  /** A URI reference; ours are `/dreamnet/<source>`. */
  source: string;
  type: string;
  subject: string;
  /** RFC 3339. */
  time: string;
  datacontenttype: 'application/json';
  data: unknown;
  /** Position in the journal (the `sequence` extension), when it has one. */
  sequence?: string;
}

export type CloudEventReading =
  | { ok: true; event: DreamnetEvent; sequence: number | null }
  /** `attribute` is the one at fault. */
  | { ok: false; attribute: string; because: string };

const SOURCE_PREFIX = '/dreamnet/';

/**
 * An event as others read it.
 *
 * @param sequence Its place in the journal, where it has one.
 * @source CloudEvents 1.0.2 §2–3, JSON format; "sequence" extension
 */
export function toCloudEvent(event: DreamnetEvent, sequence?: number): CloudEvent {
  return {
    specversion: '1.0',
    id: event.id,
    source: `${SOURCE_PREFIX}${encodeURIComponent(event.source)}`,
    type: event.type,
    subject: event.subject,
    time: new Date(event.at).toISOString(),
    datacontenttype: 'application/json',
    data: event.data,
    ...(sequence === undefined ? {} : { sequence: String(sequence) }),
  };
}

/**
 * Reads one of our events back, strictly: a wrong or missing attribute is told by name. The members of `data` are
 * the sender's promise and are not looked into.
 */
export function fromCloudEvent(value: unknown): CloudEventReading {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { ok: false, attribute: '', because: 'it is not a JSON object' };
  const attributes = value as Record<string, unknown>;
  for (const { attribute, because, isRight } of RULES)
    if (!isRight(attributes[attribute])) return { ok: false, attribute, because };
  const misnamed = Object.keys(attributes).find((name) => !/^[a-z0-9]{1,20}$/.test(name));
  if (misnamed !== undefined)
    return { ok: false, attribute: misnamed, because: 'names are 1 to 20 lower-case letters and digits' };
  const { id, type, subject, data } = attributes;
  const event = {
    id,
    type,
    subject,
    data,
    at: Date.parse(String(attributes.time)),
    source: decodeURIComponent(String(attributes.source).slice(SOURCE_PREFIX.length)),
  } as DreamnetEvent;
  const sequence = attributes.sequence === undefined ? null : Number(attributes.sequence);
  return { ok: true, event, sequence };
}

interface AttributeRule {
  attribute: string;
  because: string;
  isRight(value: unknown): boolean;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** RFC 3339 with seconds and offset; `Date.parse` alone takes much else. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/** In the order they are reported. */
const RULES: readonly AttributeRule[] = [
  { attribute: 'specversion', because: "it must be '1.0'", isRight: (value) => value === '1.0' },
  { attribute: 'id', because: 'it must be a text that is not empty', isRight: isText },
  { attribute: 'type', because: 'it is not an event type of DreamNet', isRight: isEventType },
  {
    attribute: 'source',
    because: `it must be ${SOURCE_PREFIX} and an encoded name`,
    isRight: (value) => isText(value) && isOurSource(value),
  },
  { attribute: 'subject', because: 'it must be a text', isRight: (value) => typeof value === 'string' },
  {
    attribute: 'time',
    because: 'it must be an RFC 3339 time',
    isRight: (value) => isText(value) && TIME.test(value) && !Number.isNaN(Date.parse(value)),
  },
  {
    attribute: 'datacontenttype',
    because: "it must be 'application/json' or left out",
    isRight: (value) => value === undefined || value === 'application/json',
  },
  {
    attribute: 'data_base64',
    because: 'binary data has no meaning here',
    isRight: (value) => value === undefined,
  },
  {
    attribute: 'data',
    because: 'it must be an object',
    isRight: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  },
  {
    attribute: 'sequence',
    because: 'it must be a whole number, as text',
    isRight: (value) => value === undefined || (isText(value) && /^\d{1,15}$/.test(value)),
  },
];

function isOurSource(source: string): boolean {
  if (!source.startsWith(SOURCE_PREFIX)) return false;
  try {
    decodeURIComponent(source.slice(SOURCE_PREFIX.length));
    return true;
  } catch {
    return false;
  }
}
