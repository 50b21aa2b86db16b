import { DreamnetError } from '@dreamnet/kit';

/** What a declared function last said. A throw is an answer too. */
export type Answer = { ok: true; value: unknown } | { ok: false; problem: string };

/** The last known answers of functions that may take their time, by subsystem and part of its declaration. */
export interface KnownAnswers {
  /** Asks now. A synchronous answer is known at once; a question still open is not asked twice. */
  ask(name: string, part: string, call: () => unknown): void;
  get(name: string, part: string): Answer | undefined;
  /** Forgets what a subsystem said of other parts than these. */
  keep(name: string, parts: ReadonlySet<string>): void;
  /** Is a question to it open? */
  isOpen(name: string): boolean;
  /** Resolves when no question to a subsystem is open; without a name, when none is. */
  settled(name?: string): Promise<void>;
}

interface Told {
  answers: Map<string, Answer>;
  open: Map<string, Promise<void>>;
}

/** @param onNews Called when a late answer of a subsystem differs from the one known before. */
export function createKnownAnswers(onNews: (name: string) => void): KnownAnswers {
  const told = new Map<string, Told>();
  /** Those of whom a question is open. */
  const waiting = new Map<string, Told>();
  const of = (name: string): Told => {
    const known = told.get(name) ?? { answers: new Map(), open: new Map() };
    told.set(name, known);
    return known;
  };
  const learn = (name: string, part: string, answer: Answer): void => {
    const { answers } = of(name);
    const before = answers.get(part);
    answers.set(part, answer);
    if (JSON.stringify(before) !== JSON.stringify(answer)) onNews(name);
  };
  const wait = (name: string, part: string, late: PromiseLike<unknown>): void => {
    const known = of(name);
    const done = Promise.resolve(late)
      .then(
        (value): Answer => ({ ok: true, value }),
        (thrown: unknown): Answer => ({ ok: false, problem: DreamnetError.from(thrown).message }),
      )
      .then((answer) => {
        known.open.delete(part);
        if (known.open.size === 0 && waiting.get(name) === known) waiting.delete(name);
        // Nobody asks any more, and the next who has that name is told nothing of this one.
        if (told.get(name) === known) learn(name, part, answer);
      });
    known.open.set(part, done);
    waiting.set(name, known);
  };
  return {
    ask: (name, part, call) => {
      const { answers, open } = of(name);
      if (open.has(part)) return;
      try {
        const value = call();
        if (isPromiseLike(value)) wait(name, part, value);
        else answers.set(part, { ok: true, value });
      } catch (thrown) {
        answers.set(part, { ok: false, problem: DreamnetError.from(thrown).message });
      }
    },
    get: (name, part) => told.get(name)?.answers.get(part),
    keep: (name, parts) => {
      const known = told.get(name);
      if (!known) return;
      if (parts.size === 0) told.delete(name);
      else for (const part of known.answers.keys()) if (!parts.has(part)) known.answers.delete(part);
    },
    isOpen: (name) => waiting.has(name),
    settled: async (name) => {
      const isMeant = ([asked]: [string, Told]) => name === undefined || asked === name;
      const open = () => [...waiting].filter(isMeant).flatMap(([, known]) => [...known.open.values()]);
      for (let some = open(); some.length > 0; some = open()) await Promise.all(some);
    },
  };
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
