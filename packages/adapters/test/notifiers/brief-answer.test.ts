import { expect, test } from 'vitest';
import { readBriefAnswer } from '../../src/notifiers/brief-answer.js';

const read = (text: string) => readBriefAnswer(Buffer.from(text, 'latin1'));

test('brief answers: what servers mostly say is read, with its body and how long it is kept', () => {
  const head =
    'HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 22:00:00 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5';
  const text = `${head}\r\nContent-Length: 2\r\n\r\nok`;
  expect(read(text)).toEqual({ status: 200, bodyAt: text.length - 2, keepAlive: 'timeout=5' });
  expect(read('HTTP/1.1 202 Accepted\r\ncontent-length:0\r\n\r\n')).toMatchObject({ status: 202 });
  expect(read('HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n')).toMatchObject({ status: 204 });
  expect(read('HTTP/1.1 201\r\nContent-Length: 0\r\n\r\n')).toMatchObject({ status: 201 });
  expect(read('HTTP/1.1 200 \xe9t\xe9\r\nContent-Length: 1\r\nX:\t\xe9 \r\n\r\n\xe9')).toMatchObject({
    status: 200,
  });
});

for (const [rule, text] of [
  ['nothing', ''],
  ['half a head', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n'],
  ['half a body', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab'],
  ['more than the body', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab'],
  ['a second answer behind it', `${'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'.repeat(2)}`],
  ['no length', 'HTTP/1.1 200 OK\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n'],
  ['two lengths in one field', 'HTTP/1.1 200 OK\r\nContent-Length: 0, 0\r\n\r\n'],
  ['a length with a sign', 'HTTP/1.1 200 OK\r\nContent-Length: +0\r\n\r\n'],
  ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: 0x0\r\n\r\n'],
  ['an empty length', 'HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n'],
  ['a space before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n'],
  ['a field without a name', 'HTTP/1.1 200 OK\r\n: 0\r\nContent-Length: 0\r\n\r\n'],
  ['a field without a colon', 'HTTP/1.1 200 OK\r\nServer\r\nContent-Length: 0\r\n\r\n'],
  ['a folded field', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n'],
  ['a lone line feed', 'HTTP/1.1 200 OK\r\nX: a\nContent-Length: 5\r\nContent-Length: 0\r\n\r\n'],
  ['lines that end in line feeds', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
  ['a lone carriage return', 'HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n'],
  ['a zero byte', 'HTTP/1.1 200 OK\r\nX: a\0\r\nContent-Length: 0\r\n\r\n'],
  ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['chunks and a length', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['an end of the connection', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'],
  ['several options', 'HTTP/1.1 200 OK\r\nConnection: keep-alive, x\r\nContent-Length: 0\r\n\r\n'],
  ['another protocol', 'HTTP/1.1 200 OK\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n'],
  ['a body where there is none', 'HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\na'],
  ['a refusal', 'HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n'],
  ['an interim answer', 'HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n'],
  ['a redirect', 'HTTP/1.1 307 There\r\nContent-Length: 0\r\nLocation: /\r\n\r\n'],
  ['an older version', 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n'],
  ['a line before it', '\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['another protocol altogether', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
] as const)
  test(`brief answers: ${rule} is left to a real parser`, () => {
    expect(read(text)).toBeUndefined();
  });
