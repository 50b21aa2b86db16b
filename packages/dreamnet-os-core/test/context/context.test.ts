import type { DreamNetOSContext } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import {
  adaptSubsystem,
  contextEntries,
  powersOf,
  registerContext,
} from '../../src/context/context-entries.js';
import { createRig } from '../health/support.js';

test('context: any object will do; a power is a method, and a property of that name that is none is ignored', () => {
  class Vault {
    #state = 'ok' as const;
    status() {
      return this.#state;
    }
  }
  const { engine } = createRig();
  registerContext(engine, { vault: new Vault(), words: { status: 'ok', restart: true }, bare: {} });
  engine.evaluate();
  expect(engine.summaries().map(({ name, status }) => `${name}:${status}`)).toEqual([
    'vault:ok',
    'words:unknown',
    'bare:unknown',
  ]);
});

test('context: synchronous and asynchronous status() are told apart by their answer', async () => {
  const { engine } = createRig();
  registerContext(engine, { now: { status: () => 'ok' }, later: { status: async () => 'warn' } });
  engine.evaluate();
  expect(engine.read('now')?.status).toBe('ok');
  expect(engine.read('later')?.status).toBe('unknown');
  await engine.settled();
  expect(engine.read('later')?.status).toBe('warn');
});

test('context: the same object is the same subsystem, so a second run keeps what is known', () => {
  const { engine } = createRig();
  let asked = 0;
  const vault = {
    status: () => {
      asked += 1;
      return 'ok' as const;
    },
  };
  registerContext(engine, { vault });
  engine.evaluate();
  registerContext(engine, { vault });
  expect(engine.read('vault')?.status).toBe('ok');
  expect(asked).toBe(1);
  expect(adaptSubsystem(vault)).toBe(adaptSubsystem(vault));
});

test('context: properties that throw when read count as absent', () => {
  const hostile = {
    get status(): never {
      throw new TypeError('no');
    },
    restart: () => undefined,
  };
  expect(powersOf(adaptSubsystem(hostile))).toEqual(['restart']);
});

test('context: what is no record of objects is refused with a code that names the entry', () => {
  const refused = (context: unknown) => () => contextEntries(context as DreamNetOSContext);
  const coded = expect.objectContaining({ code: 'DN_CORE_CONTEXT_INVALID' });
  for (const wrong of [null, undefined, 7, [], { vault: 'ok' }, { vault: null }])
    expect(refused(wrong)).toThrow(coded);
  expect(refused({ vault: 'ok' })).toThrow("'vault' is a text");
});
