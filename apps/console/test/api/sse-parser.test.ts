import { expect, test } from 'vitest';
import { createSseParser } from '../../src/api/sse-parser.js';

test('events: id, type and data come out once the blank line is there', () => {
  const parse = createSseParser();
  expect(parse('id: 7\nevent: alert.activated\nda')).toEqual([]);
  expect(parse('ta: {"a":1}\n')).toEqual([]);
  expect(parse('\n')).toEqual([{ id: '7', type: 'alert.activated', data: '{"a":1}' }]);
});

test('events: comments keep the connection alive and are no events', () => {
  expect(createSseParser()(': still here\n\n: still here\n\n')).toEqual([]);
});

test('events: several lines of data are joined, and a carriage return belongs to the line end', () => {
  expect(createSseParser()('data: one\r\ndata:two\r\n\r\n')).toEqual([
    { id: '', type: 'message', data: 'one\ntwo' },
  ]);
});

test('events: the last id holds for events without one, the type does not', () => {
  const events = createSseParser()('id: 3\nevent: gap.fixed\ndata: x\n\ndata: y\n\n');
  expect(events[1]).toEqual({ id: '3', type: 'message', data: 'y' });
});
