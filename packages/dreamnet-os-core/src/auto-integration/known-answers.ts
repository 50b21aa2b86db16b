import { DreamnetError } from '@dreamnet/kit';

/** What a declared function last said. A throw is an answer too. */
export type Answer = { ok: true; value: unknown } | { ok: false; problem: string };

/** The last known answers of functions that may take their time. */
export interface KnownAnswers {
  /** Asks now. A synchronous answer is known at once; a question still open is not asked twice. */
  ask(key: string, call: () => unknown): void;
  get(key: string): Answer | undefined;
  /** Forgets what is not asked any more. */
  keep(keys: ReadonlySet<string>): void;
  /** Resolves when no question is open. */
  settled(): Promise<void>;
}

/** @param onNews Called when a late answer differs from the one known before. */
export function createKnownAnswers(onNews: () => void): KnownAnswers {
  const answers = new Map<string, Answer>();
  const open = new Map<string, Promise<void>>();
  const learn = (key: string, answer: Answer): void => {
    const before = answers.get(key);
    answers.set(key, answer);
    if (JSON.stringify(before) !== JSON.stringify(answer)) onNews();
  };
  const wait = (key: string, late: PromiseLike<unknown>): void => {
    const done = Promise.resolve(late)
      .then(
        (value): Answer => ({ ok: true, value }),
        (thrown: unknown): Answer => ({ ok: false, problem: DreamnetError.from(thrown).message }),
      )
      .then((answer) => {
        open.delete(key);
        learn(key, answer);
      });
    open.set(key, done);
  };
  return {
    ask: (key, call) => {
      if (open.has(key)) return;
      try {
        const value = call();
        if (isPromiseLike(value)) wait(key, value);
        else answers.set(key, { ok: true, value });
      } catch (thrown) {
        answers.set(key, { ok: false, problem: DreamnetError.from(thrown).message });
      }
    },
    get: (key) => answers.get(key),
    keep: (keys) => {
      for (const key of answers.keys()) if (!keys.has(key)) answers.delete(key);
    },
    settled: async () => {
      while (open.size > 0) await Promise.all([...open.values()]);
    },
  };
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
