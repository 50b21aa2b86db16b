import type { JsonRecord } from '../json-rpc/json.js';

/** The answers to what a server asks of this client. */
export interface ServerAnswers {
  /** Never waits, never throws. */
  give(answer: JsonRecord): void;
  /** How many were not given, as too many were waiting. */
  readonly dropped: number;
  /** Those that wait are not given any more. Idempotent. */
  stop(): void;
}

/** Each has a connection of its own, and a server that does not answer keeps it for seconds. */
const MOST_UNDER_WAY = 4;
/** A server asks for the client's roots once or sends a ping now and then; whoever asks a hundred things at once waits for none. */
const MOST_WAITING = 60;

/**
 * Gives answers few at a time, in their order; what a server asks beyond those that may wait gets none.
 *
 * @param send Gives one; never rejects.
 */
export function createServerAnswers(send: (answer: JsonRecord) => Promise<void>): ServerAnswers {
  const waiting: JsonRecord[] = [];
  let underWay = 0;
  let dropped = 0;
  let isOver = false;
  const goOn = () => {
    while (underWay < MOST_UNDER_WAY) {
      const next = waiting.shift();
      if (next === undefined) return;
      underWay += 1;
      void send(next).finally(() => {
        underWay -= 1;
        goOn();
      });
    }
  };
  return {
    get dropped() {
      return dropped;
    },
    give: (answer) => {
      if (isOver || waiting.length >= MOST_WAITING) {
        dropped += 1;
        return;
      }
      waiting.push(answer);
      goOn();
    },
    stop: () => {
      isOver = true;
      waiting.length = 0;
    },
  };
}
