/** One recipient that the mail server did not take, and what it said. */
export interface RecipientRefusal {
  recipient: string;
  responseCode: number;
  response: string;
}

/** Who has not got a mail: those worth another try, and those refused for good. */
export interface Undelivered {
  /** Has somebody else got it? */
  isPartlyTold: boolean;
  putOff: readonly RecipientRefusal[];
  refused: readonly RecipientRefusal[];
}

const SHOWN_RECIPIENTS = 10;
const LONGEST_ANSWER = 200;

/**
 * What a mail server said no to, out of what sending gave or threw.
 *
 * @param before Of the attempts before at the same mail: who was refused for good stays refused.
 * @returns undefined when it was no recipient that was refused
 * @source RFC 5321 §3.3, a recipient is refused by itself; §4.2.1, 4xx is a passing trouble
 */
export function undeliveredOf(sent: unknown, before: Undelivered | undefined): Undelivered | undefined {
  const { rejectedErrors = [], accepted = [] } = (sent ?? {}) as {
    rejectedErrors?: readonly Partial<RecipientRefusal>[];
    accepted?: readonly unknown[];
  };
  const refusals = rejectedErrors.map(({ recipient = '', responseCode = 0, response = '' }) => ({
    recipient,
    responseCode,
    response: response.slice(0, LONGEST_ANSWER),
  }));
  const putOff = refusals.filter(({ responseCode }) => responseCode >= 400 && responseCode < 500);
  const refused = [...(before?.refused ?? []), ...refusals.filter((one) => !putOff.includes(one))];
  const isPartlyTold = before?.isPartlyTold === true || accepted.length > 0;
  return refused.length + putOff.length === 0 ? undefined : { isPartlyTold, putOff, refused };
}

/**
 * What an attempt before left, out of a notification. Anybody may have written it, such as another notifier of this name.
 *
 * @param to The recipients now: once they are others, nothing is known of who has it.
 * @returns undefined when all of them are to be told
 */
export function readUndelivered(said: unknown, to: string): Undelivered | undefined {
  const { to: saidOf, isPartlyTold, putOff, refused } = (said ?? {}) as Partial<Undelivered & { to: string }>;
  if (saidOf !== to || !areRefusals(putOff) || !areRefusals(refused)) return undefined;
  return { isPartlyTold: isPartlyTold === true, putOff, refused };
}

function areRefusals(value: unknown): value is readonly RecipientRefusal[] {
  const isOne = (one: Partial<RecipientRefusal> | null) =>
    typeof one?.recipient === 'string' &&
    typeof one.response === 'string' &&
    typeof one.responseCode === 'number';
  return Array.isArray(value) && value.every(isOne);
}

/** `put off for a@b: 451 later; refused for c@d, e@f: 550 no such mailbox`, with the first answer of each. */
export function undeliveredText({ putOff, refused }: Pick<Undelivered, 'putOff' | 'refused'>): string {
  return [textOf('put off for', putOff), textOf('refused for', refused)]
    .filter((text) => text !== '')
    .join('; ');
}

function textOf(words: string, refusals: readonly RecipientRefusal[]): string {
  const [first] = refusals;
  if (first === undefined) return '';
  const names = refusals.slice(0, SHOWN_RECIPIENTS).map(({ recipient }) => recipient);
  const more = refusals.length - names.length;
  return `${words} ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}: ${first.response.slice(0, LONGEST_ANSWER)}`;
}
