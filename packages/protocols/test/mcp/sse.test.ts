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
