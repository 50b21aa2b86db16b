import { programError } from '../../errors.js';
import type { OtlpSignal } from './otlp-codec.js';

/** A message by its members, or a list of such messages; what is no message is looked at where it is used. */
interface Message {
  readonly [member: string]: Message | readonly [Message];
}

const ATTRIBUTES = [{ value: {} }] as const;
const POINTS = { dataPoints: [{ attributes: ATTRIBUTES }] } as const;
const BUCKET_POINTS = {
  dataPoints: [{ attributes: ATTRIBUTES, positive: {}, negative: {} }],
} as const;
const SUMMARY_POINTS = { dataPoints: [{ attributes: ATTRIBUTES, quantileValues: [{}] }] } as const;
const RESOURCE = { attributes: ATTRIBUTES };

const REQUESTS: Readonly<Record<OtlpSignal, Message>> = {
  metrics: {
    resourceMetrics: [
      {
        resource: RESOURCE,
        scopeMetrics: [
          {
            scope: { attributes: ATTRIBUTES },
            metrics: [
              {
                gauge: POINTS,
                sum: POINTS,
                histogram: BUCKET_POINTS,
                exponentialHistogram: BUCKET_POINTS,
                summary: SUMMARY_POINTS,
              },
            ],
          },
        ],
      },
    ],
  },
  traces: {
    resourceSpans: [
      { resource: RESOURCE, scopeSpans: [{ spans: [{ attributes: ATTRIBUTES, status: {} }] }] },
    ],
  },
};

/**
 * Refuses JSON that has something else where OTLP has a list or a message: such a request is malformed as a whole. A
 * member that is null is one that is not there, and becomes so in place.
 *
 * @throws DN_API_BAD_INPUT with the place, such as `body.resourceMetrics[0].scopeMetrics`
 * @source https://opentelemetry.io/docs/specs/otlp/#failures-1, https://protobuf.dev/programming-guides/json/
 */
export function checkOtlpShape(signal: OtlpSignal, body: unknown): void {
  checkMessage(body, REQUESTS[signal], 'body');
}

function checkMessage(value: unknown, message: Message, place: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(place, 'an object');
  const members = value as Record<string, unknown>;
  for (const name in message) {
    const part = message[name];
    if (members[name] === null) members[name] = undefined;
    if (part === undefined || members[name] === undefined) continue;
    if (isListOf(part)) checkList(members[name], part[0], `${place}.${name}`);
    else checkMessage(members[name], part, `${place}.${name}`);
  }
}

function checkList(value: unknown, message: Message, place: string): void {
  if (!Array.isArray(value)) throw wrong(place, 'a list');
  for (const [index, one] of value.entries()) checkMessage(one, message, `${place}[${index}]`);
}

function isListOf(part: Message | readonly [Message]): part is readonly [Message] {
  return Array.isArray(part);
}

function wrong(place: string, expected: string) {
  return programError('DN_API_BAD_INPUT', { where: place, why: `expected ${expected}, as OTLP says` });
}
