import type { LabelMatcher, Silence } from '@dreamnet/contracts';
import type { SilenceDraft, SilenceState } from '@dreamnet/dreamnet-os-core';
import { parseInstant } from './instants.js';
import { invalidForm, type Refusal, unreadable } from './refusal.js';

export type ReadSilence =
  | { readonly ok: true; readonly draft: SilenceDraft }
  | { readonly ok: false; readonly refusal: Refusal };

const REQUIRED = ['comment', 'createdBy', 'endsAt', 'matchers', 'startsAt'] as const;

type WireSilence = Readonly<Partial<Record<(typeof REQUIRED)[number] | 'id', unknown>>>;

/** Reads the body of `POST /api/v2/silences`: its form only; whether it makes sense is judged by the desk. */
export function readSilence(body: string | undefined): ReadSilence {
  if (body === undefined || body === '') return refused(invalidForm(602, 'silence in body is required'));
  let posted: unknown;
  try {
    posted = JSON.parse(body);
  } catch (thrown) {
    return refused(unreadable('silence', String((thrown as SyntaxError).message)));
  }
  if (typeof posted !== 'object' || posted === null || Array.isArray(posted))
    return refused(unreadable('silence', 'a silence was expected'));
  return readForm(posted as WireSilence);
}

const refused = (refusal: Refusal): ReadSilence => ({ ok: false, refusal });

function readForm(wire: WireSilence): ReadSilence {
  const missing = REQUIRED.find((name) => wire[name] === undefined || wire[name] === null);
  if (missing) return refused(invalidForm(602, `${missing} in body is required`));
  const { id, comment, createdBy } = wire;
  const startsAt = parseInstant(wire.startsAt);
  const endsAt = parseInstant(wire.endsAt);
  if (typeof startsAt !== 'number') return refused(unreadable('silence', 'startsAt is not a time'));
  if (typeof endsAt !== 'number') return refused(unreadable('silence', 'endsAt is not a time'));
  if (
    typeof comment !== 'string' ||
    typeof createdBy !== 'string' ||
    (id !== undefined && typeof id !== 'string')
  )
    return refused(unreadable('silence', 'id, comment and createdBy are texts'));
  const matchers = readMatchers(wire.matchers);
  if (!Array.isArray(matchers)) return refused(matchers as Refusal);
  return { ok: true, draft: { ...(id && { id }), comment, createdBy, startsAt, endsAt, matchers } };
}

const MATCHER_REQUIRED = ['isRegex', 'name', 'value'] as const;

function readMatchers(value: unknown): LabelMatcher[] | Refusal {
  if (!Array.isArray(value)) return unreadable('silence', 'matchers are a list');
  if (value.length === 0) return invalidForm(612, 'matchers in body should have at least 1 items');
  const matchers: LabelMatcher[] = [];
  for (const [index, item] of value.entries()) {
    if (typeof item !== 'object' || item === null) return unreadable('silence', `matcher ${index} is none`);
    const { name, value: text, isRegex, isEqual = true } = item as Record<string, unknown>;
    const missing = MATCHER_REQUIRED.find((key) => (item as Record<string, unknown>)[key] === undefined);
    if (missing) return invalidForm(602, `matchers.${index}.${missing} in body is required`);
    if (typeof name !== 'string' || typeof text !== 'string')
      return unreadable('silence', `matcher ${index}: name and value are texts`);
    if (typeof isRegex !== 'boolean' || typeof isEqual !== 'boolean')
      return unreadable('silence', `matcher ${index}: isRegex and isEqual are true or false`);
    matchers.push({ name, value: text, isRegex, isEqual });
  }
  return matchers;
}

/** A silence as the API shows it. */
export function showSilence(silence: Silence, state: SilenceState) {
  return {
    id: silence.id,
    status: { state },
    updatedAt: new Date(silence.updatedAt).toISOString(),
    comment: silence.comment,
    createdBy: silence.createdBy,
    endsAt: new Date(silence.endsAt).toISOString(),
    matchers: silence.matchers.map(({ isEqual, isRegex, name, value }) => ({
      isEqual,
      isRegex,
      name,
      value,
    })),
    startsAt: new Date(silence.startsAt).toISOString(),
  };
}
