import type { Silence } from '@dreamnet/contracts';
import type { SilenceDraft, SilenceState } from '../alert-delivery-boundary.js';
import { compileMatchers, matchersText, problemOfMatcher } from '../matchers/label-matching.js';
import { problemOfInterval } from '../time-intervals/interval-problems.js';
import { containsTime } from '../time-intervals/time-interval-check.js';

/** A list of a hundred names has a few thousand characters; each is compiled before anything else goes on. */
const MOST_EXPRESSION_CHARACTERS = 20_000;

/** Where a silence stands in its life at a moment (epoch ms). */
export function silenceState(silence: Pick<Silence, 'startsAt' | 'endsAt'>, now: number): SilenceState {
  if (now < silence.startsAt) return 'pending';
  return now < silence.endsAt ? 'active' : 'expired';
}

/** The same with its windows, as people see it: between two of them it waits for the next. */
export function stateWithWindows(silence: Silence, now: number): SilenceState {
  const state = silenceState(silence, now);
  const { windows } = silence;
  const isOpen =
    windows === undefined || windows.length === 0 || windows.some((window) => containsTime(window, now));
  return state === 'active' && !isOpen ? 'pending' : state;
}

/** @returns What is wrong with what a person asks for, or undefined. */
export function problemOfDraft(draft: SilenceDraft): string | undefined {
  if (draft.matchers.length === 0) return 'it has no matchers, so it would silence everything';
  if (expressionCharacters(draft) > MOST_EXPRESSION_CHARACTERS)
    return `its regular expressions are longer than ${MOST_EXPRESSION_CHARACTERS} characters together`;
  for (const matcher of draft.matchers) {
    const problem = problemOfMatcher(matcher);
    if (problem !== undefined) return problem;
  }
  if (compileMatchers(draft.matchers).every((matcher) => matcher.isEqual && matcher.matches({})))
    return 'each of its matchers matches an empty value, so it would silence everything';
  if (!Number.isFinite(draft.startsAt) || !Number.isFinite(draft.endsAt)) return 'its times are not times';
  if (draft.endsAt < draft.startsAt) return 'it ends before it starts';
  for (const window of draft.windows ?? []) {
    const problem = problemOfInterval(window);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function expressionCharacters({ matchers }: SilenceDraft): number {
  return matchers.reduce((sum, { isRegex, value }) => sum + (isRegex ? value.length : 0), 0);
}

/**
 * May the silence be changed in place? Else it is ended and another one made, so that what was silenced when stays
 * on record: the matchers stay, an active one keeps its start, a pending one does not start in the past.
 *
 * @source Alertmanager's canUpdate, by its documented behaviour
 */
export function canChange(silence: Silence, draft: SilenceDraft, now: number): boolean {
  if (matchersText(silence.matchers) !== matchersText(draft.matchers)) return false;
  const state = silenceState(silence, now);
  if (state === 'active')
    return toSeconds(silence.startsAt) === toSeconds(draft.startsAt) && draft.endsAt >= now;
  return state === 'pending' && draft.startsAt >= now;
}

function toSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}
