import { expect, test } from 'vitest';
import { wire03 } from '../../src/a2a/wire-0-3.js';
import { wire10 } from '../../src/a2a/wire-1-0.js';

const task = {
  id: 't',
  metadata: { usage: { total_tokens: 30 } },
  status: {
    state: 'completed',
    message: { parts: [], metadata: { usage: { total_tokens: 1 }, model: 'm' } },
  },
  artifacts: [{ parts: [{ text: 'x', kind: 'text' }], metadata: { usage: { total_tokens: 2 }, page: 1 } }],
};

test.each([
  ['1.0', wire10],
  ['0.3', wire03],
])('A2A %s: what a task says beside its output is kept, its own word before its parts', (_, wire) => {
  expect(wire.readTask(task)?.metadata).toEqual({ usage: { total_tokens: 30 }, model: 'm', page: 1 });
  expect(wire.readTask({ ...task, metadata: 'not an object' })?.metadata.usage).toEqual({ total_tokens: 1 });
});

test('A2A: what a message says beside its parts is kept, in both revisions', () => {
  const metadata = { usage: { total_tokens: 5 } };
  expect(wire10.readReply({ message: { parts: [], metadata } })).toMatchObject({ kind: 'message', metadata });
  expect(wire03.readReply({ kind: 'message', parts: [], metadata })).toMatchObject({
    kind: 'message',
    metadata,
  });
  expect(wire03.readReply({ kind: 'message', parts: [] })).toMatchObject({ metadata: {} });
});
