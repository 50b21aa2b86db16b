import { expect, test } from 'vitest';
import { intakeRig } from './intake-rig.js';

interface Told {
  id: string;
  parent?: string;
  operation?: string;
  input?: number;
  output?: number;
}

const chat = (id: string, input: number, parent?: string): Told => ({
  id,
  operation: 'chat',
  input,
  ...(parent !== undefined && { parent }),
});
const agent = (id: string, input: number, parent?: string): Told => ({
  ...chat(id, input, parent),
  operation: 'invoke_agent',
});

/** An agent that exports spans. Each send is one export of one or more lists, and gives what was told to be spent by then. */
function rig() {
  const { intake, spent } = intakeRig();
  const spanOf = ({ id, parent, operation, input, output }: Told) => ({
    spanId: id,
    ...(parent !== undefined && { parentSpanId: parent }),
    attributes: [
      ...(operation === undefined
        ? []
        : [{ key: 'gen_ai.operation.name', value: { stringValue: operation } }]),
      { key: 'gen_ai.usage.input_tokens', value: { intValue: String(input ?? 0) } },
      { key: 'gen_ai.usage.output_tokens', value: { intValue: String(output ?? 0) } },
    ],
  });
  return async (...lists: Told[][]): Promise<number> => {
    const resourceSpans = lists.map((spans) => ({ scopeSpans: [{ spans: spans.map(spanOf) }] }));
    await intake.traces({ resourceSpans } as never, 'writer');
    return spent.reduce((sum, [, tokens]) => sum + tokens, 0);
  };
}

test('model tokens: those of model calls are told once each, and those an agent sums up are not told again', async () => {
  const send = rig();
  expect(await send([chat('a', 100, 'agent'), chat('b', 20, 'agent'), agent('agent', 120)])).toBe(120);
  expect(await send([chat('c', 7)])).toBe(127);
  expect(await send([{ id: 'd', input: 5 }])).toBe(127);
});

test('model tokens: an agent that sums up what nobody within it tells is counted by its sum', async () => {
  const send = rig();
  expect(await send([{ ...agent('one', 100), output: 10 }])).toBe(110);
  expect(await send([chat('part', 30, 'two'), { id: 'tool', parent: 'two' }, agent('two', 100)])).toBe(210);
});

test('model tokens: nothing counts twice in whatever order and in however many exports it comes', async () => {
  const spans = [
    chat('model', 100, 'step'),
    { id: 'step', parent: 'inner' },
    agent('inner', 100, 'between'),
    { id: 'between', parent: 'outer' },
    chat('own', 50, 'outer'),
    agent('outer', 150, 'root'),
    { id: 'root' },
  ];
  expect(await rig()(spans)).toBe(150);
  expect(await rig()(spans.toReversed())).toBe(150);
  expect(await rig()(...spans.map((span) => [span]))).toBe(150);
  expect(await rig()(...spans.toReversed().map((span) => [span]))).toBe(150);
  for (const order of [spans, spans.toReversed()]) {
    const send = rig();
    let told = 0;
    for (const span of order) told = await send([span]);
    expect(told).toBe(150);
  }
});

test('model tokens: of two agents within one each is counted, and their sum above them is not', async () => {
  const send = rig();
  expect(await send([agent('a', 40, 'both'), agent('b', 60, 'both'), agent('both', 100)])).toBe(100);
});

test('model tokens: a ring of parents is counted and ends', async () => {
  const send = rig();
  expect(await send([chat('a', 1, 'b'), chat('b', 2, 'a'), chat('c', 4, 'c')])).toBe(7);
});

test('model tokens: an agent remembered no more costs nothing but that what comes late within it counts', async () => {
  const send = rig();
  await send([agent('old', 10)]);
  const many = Array.from({ length: 1000 }, (_one, n) => agent(`a${n}`, 1));
  expect(await send(many)).toBe(1010);
  expect(await send([chat('late', 10, 'old'), chat('late2', 1, 'a999')])).toBe(1020);
});
