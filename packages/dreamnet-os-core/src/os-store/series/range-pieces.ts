import { DAY_MS, floorTo, HOUR_MS, MINUTE_MS } from './rollup.js';

/** What a part of a range is read from. */
export type PieceSource = 'hours' | 'minutes' | 'raw';

/** From `from` to before `to`, epoch ms. */
export interface Piece {
  from: number;
  to: number;
  source: PieceSource;
}

/** What there is to read, epoch ms. */
export interface Kept {
  /** Hours and minutes are summed up until then: whole days, and whole hours. */
  hoursUntil: number;
  minutesUntil: number;
  /** Minutes and raw values are kept from then on at least: whole days, and whole hours. */
  minutesFrom: number;
  rawFrom: number;
}

/** When what is kept for so many ms begins, as the upkeep lets go of it: whole days of minutes, whole hours of raw values. */
export function keptFrom(
  now: number,
  keep: { rawMs: number; minuteMs: number },
): Pick<Kept, 'minutesFrom' | 'rawFrom'> {
  return { minutesFrom: floorTo(now - keep.minuteMs, DAY_MS), rawFrom: floorTo(now - keep.rawMs, HOUR_MS) };
}

/**
 * Cuts a range into what is read from hours, minutes and raw values; pure. An hour or a minute that lies within only in part
 * is read from what is finer where that is kept, and else counts where it begins. That depends on the hour, not on the
 * range: of two ranges side by side none counts a value that the other counts.
 *
 * @param coarsest `hours` to begin with hours, `minutes` to leave them out.
 * @returns Side by side, in order of time; together the range.
 */
export function piecesOf(
  { from, to }: { from: number; to: number },
  coarsest: 'hours' | 'minutes',
  kept: Kept,
): Piece[] {
  const pieces: Piece[] = [];
  const hoursTo = coarsest === 'hours' ? Math.min(to, kept.hoursUntil) : from;
  cutHours(pieces, { from, to: hoursTo }, kept);
  const minutesFrom = Math.max(from, hoursTo);
  const minutesTo = Math.min(to, kept.minutesUntil);
  cutMinutes(pieces, { from: minutesFrom, to: minutesTo }, kept);
  put(pieces, { from: Math.max(minutesFrom, minutesTo), to, source: 'raw' });
  return pieces;
}

function cutHours(pieces: Piece[], span: Span, kept: Kept): void {
  for (const part of partsOf(span, HOUR_MS))
    if (part.isWhole || part.start < kept.minutesFrom) put(pieces, { ...limits(part), source: 'hours' });
    else cutMinutes(pieces, part, kept);
}

function cutMinutes(pieces: Piece[], span: Span, kept: Kept): void {
  for (const part of partsOf(span, MINUTE_MS)) {
    const isFinerGone = part.start < kept.rawFrom;
    put(pieces, { ...limits(part), source: part.isWhole || isFinerGone ? 'minutes' : 'raw' });
  }
}

interface Span {
  from: number;
  to: number;
}

/** Whole units, or a part of the one that begins at `start`. */
interface Part extends Span {
  isWhole: boolean;
  start: number;
}

/** The part of a unit that the span begins in, the whole units, and the part of one that it ends in. */
function partsOf({ from, to }: Span, unit: number): Part[] {
  if (from >= to) return [];
  const [first, last] = [floorTo(from, unit), floorTo(to, unit)];
  const wholeFrom = first === from ? from : Math.min(to, first + unit);
  const wholeTo = Math.max(wholeFrom, last);
  return [
    { from, to: wholeFrom, isWhole: false, start: first },
    { from: wholeFrom, to: wholeTo, isWhole: true, start: wholeFrom },
    { from: wholeTo, to, isWhole: false, start: last },
  ].filter((part) => part.from < part.to);
}

function limits({ from, to }: Span): Span {
  return { from, to };
}

/** One that goes on with the same source is the same piece. */
function put(pieces: Piece[], piece: Piece): void {
  if (piece.from >= piece.to) return;
  const before = pieces.at(-1);
  if (before?.source === piece.source && before.to === piece.from) before.to = piece.to;
  else pieces.push(piece);
}
