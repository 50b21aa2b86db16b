import { expect, test } from 'vitest';
import { createSseReader } from '../../src/mcp/sse.js';

const STREAM =
  ': note\r\nevent: x\r\ndata: one\r\ndata:two\r\n\r\ndata: grüße\n\nid: 7\n\ndata: cr\r\rdata: unfinished\n';

test('event stream: the same events however it is torn, with any line end', () => {
  const bytes = Buffer.from(STREAM);
  for (let step = 1; step <= bytes.length; step += 1) {
    const found: string[] = [];
    const reader = createSseReader((data) => found.push(data));
    for (let at = 0; at < bytes.length; at += step) reader.push(bytes.subarray(at, at + step));
    expect(found, `in pieces of ${step}`).toEqual(['one\ntwo', 'grüße', 'cr']);
  }
});

test('event stream: a line that comes byte by byte is read once, not again for every byte', () => {
  // Searched again each time this would take an hour.
  const found: string[] = [];
  const reader = createSseReader((data) => found.push(data));
  const begin = `data: ${'x'.repeat(4 * 1024 * 1024)}`;
  reader.push(Buffer.from(begin));
  const byte = Buffer.from('y');
  for (let at = 0; at < 200_000; at += 1) reader.push(byte);
  reader.push(Buffer.from('\n\n'));
  expect(found.map((data) => data.length)).toEqual([begin.length - 'data: '.length + 200_000]);
});

test('event stream: many short lines in one piece are read once, with whichever line end', () => {
  for (const end of ['\n', '\r', '\r\n']) {
    const found: string[] = [];
    const reader = createSseReader((data) => found.push(data));
    reader.push(Buffer.from(`${`data:${end}`.repeat(100_000)}data: last${end}${end}`));
    expect(found).toEqual([`${'\n'.repeat(100_000)}last`]);
  }
});
