import type { Readable } from 'node:stream';
import type { Clock } from '@dreamnet/contracts';
import { takeTurn } from '@dreamnet/kit';
import { allowanceOf } from '../lines/reading-allowance.js';

/** A stream that is being read. */
export interface PacedReading {
  /** Nothing is told any more. Idempotent. */
  stop(): void;
}

/** A burst of 100,000 pieces passes at once, then 20,000 a second; at some 2 µs each in Node's parser that is a twentieth of a processor. */
const UNITS_A_PIECE = 1;
/** Bytes that cost as much to take as one line to pass over. */
const BYTES_A_UNIT = 16 * 1024;
/** As long somebody who has sent too many pieces is left alone at a time. */
const HELD_MS = 50;

/**
 * Begins to read a stream, piece by piece as they come: over HTTP each chunk of the encoding is one, be it of one byte. What is read in
 * one turn of the event loop is bounded in time, and how many pieces come in all by an allowance; meanwhile the stream is paused, so
 * that back pressure reaches the sender.
 *
 * @param onPiece Called with each piece, none of which is empty; may call `stop`.
 */
export function readPaced(stream: Readable, clock: Clock, onPiece: (piece: Buffer) => void): PacedReading {
  const allowance = allowanceOf(stream, clock);
  let isLong: (() => boolean) | undefined;
  let isOver = false;
  let cancel: (() => void) | undefined;
  const goOn = () => {
    cancel = undefined;
    stream.resume();
  };
  const wait = (later: () => void) => {
    cancel = later;
    stream.pause();
  };
  const hold = () => {
    const handle = clock.setTimeout(goOn, HELD_MS);
    wait(() => clock.clearTimeout(handle));
  };
  const putOff = () => {
    const handle = setImmediate(goOn);
    wait(() => clearImmediate(handle));
  };
  const onData = (piece: Buffer) => {
    isLong ??= beginTurn();
    onPiece(piece);
    allowance.spend(UNITS_A_PIECE + piece.length / BYTES_A_UNIT);
    if (isOver || cancel !== undefined) return;
    if (allowance.isSpent()) hold();
    else if (isLong()) putOff();
  };
  const beginTurn = () => {
    setImmediate(() => {
      isLong = undefined;
    });
    return takeTurn(clock);
  };
  stream.on('data', onData);
  return {
    stop: () => {
      isOver = true;
      cancel?.();
      stream.off('data', onData);
    },
  };
}
