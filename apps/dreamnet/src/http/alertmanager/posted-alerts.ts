import type { LabelSet, PostedAlert } from '@dreamnet/contracts';
import { parseInstant } from './instants.js';
import { invalidForm, type Refusal, unreadable } from './refusal.js';

export type ReadAlerts =
  | { readonly ok: true; readonly alerts: readonly PostedAlert[] }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * Reads the body of `POST /api/v2/alerts`: its form only; whether labels make sense is judged by the delivery. Written
 * by hand because it is the hot path: a Prometheus sends hundreds of alerts at a time, again and again.
 */
export function readPostedAlerts(body: string | undefined): ReadAlerts {
  if (body === undefined || body === '') return refused(invalidForm(602, 'alerts in body is required'));
  let posted: unknown;
  try {
    posted = JSON.parse(body);
  } catch (thrown) {
    return refused(unreadable('alerts', String((thrown as SyntaxError).message)));
  }
  if (posted === null) return { ok: true, alerts: [] };
  if (!Array.isArray(posted)) return refused(unreadable('alerts', 'a list of alerts was expected'));
  const alerts: PostedAlert[] = [];
  for (let index = 0; index < posted.length; index += 1) {
    const alert = readAlert(posted[index], index);
    if ('refusal' in alert) return { ok: false, refusal: alert.refusal };
    alerts.push(alert);
  }
  return { ok: true, alerts };
}

/** Runbooks and queries are a few thousand characters; each alert is kept, shown and sent on whole. */
const LONGEST_ALERT = 128 * 1024;

const refused = (refusal: Refusal): ReadAlerts => ({ ok: false, refusal });

interface WireAlert {
  labels?: unknown;
  annotations?: unknown;
  startsAt?: unknown;
  endsAt?: unknown;
  generatorURL?: unknown;
}

function readAlert(value: unknown, index: number): PostedAlert | { refusal: Refusal } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return wrong(index, 'an alert was expected');
  const { labels, annotations, startsAt, endsAt, generatorURL } = value as WireAlert;
  if (labels === undefined || labels === null)
    return { refusal: invalidForm(602, `${index}.labels in body is required`) };
  if (!isLabelSet(labels)) return wrong(index, 'labels are texts by name');
  if (annotations !== undefined && annotations !== null && !isLabelSet(annotations))
    return wrong(index, 'annotations are texts by name');
  if (lengthOf(labels) + lengthOf(annotations ?? {}) > LONGEST_ALERT)
    return wrong(index, `its labels and annotations are longer than ${LONGEST_ALERT} characters`);
  const startsAtMs = parseInstant(startsAt);
  const endsAtMs = parseInstant(endsAt);
  if (startsAtMs === null)
    return wrong(index, `startsAt ${quoted(startsAt)} is not a time such as 2026-11-21T10:00:00Z`);
  if (endsAtMs === null)
    return wrong(index, `endsAt ${quoted(endsAt)} is not a time such as 2026-11-21T10:00:00Z`);
  if (!isAddress(generatorURL))
    return {
      refusal: invalidForm(601, `${index}.generatorURL in body must be of type uri: ${quoted(generatorURL)}`),
    };
  const alert: PostedAlert = { labels };
  if (annotations) alert.annotations = annotations as LabelSet;
  if (startsAtMs !== undefined) alert.startsAt = startsAtMs;
  if (endsAtMs !== undefined) alert.endsAt = endsAtMs;
  if (generatorURL) alert.generatorURL = generatorURL as string;
  return alert;
}

function wrong(index: number, why: string): { refusal: Refusal } {
  return { refusal: unreadable('alerts', `alert ${index}: ${why}`) };
}

function isLabelSet(value: unknown): value is LabelSet {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const record = value as Record<string, unknown>;
  for (const name in record) if (typeof record[name] !== 'string') return false;
  return true;
}

function lengthOf(labels: LabelSet): number {
  let length = 0;
  for (const name in labels) length += name.length + (labels[name]?.length ?? 0);
  return length;
}

/** An address or a path from the root; nothing is as good as none. */
function isAddress(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'string' && (value.startsWith('/') || URL.canParse(value));
}

function quoted(value: unknown): string {
  // As a text, a list that nests too deeply would end the stack.
  return typeof value === 'object' ? 'a list or an object' : JSON.stringify(String(value).slice(0, 100));
}
