import { expect, test } from 'vitest';
import { createAnswerReader, type ReadState } from '../../src/notifiers/http-answer.js';

function read(text: string, pieceBytes = text.length) {
  const reader = createAnswerReader();
  const bytes = Buffer.from(text, 'latin1');
  let state: ReadState = 'open';
  for (let at = 0; at < bytes.length && state === 'open'; at += pieceBytes)
    state = reader.push(bytes.subarray(at, at + pieceBytes));
  return { state, reader, answer: reader.answer() };
}

const READABLE = [
  {
    rule: 'a length says where it ends',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    state: 'whole',
    said: 'hello',
  },
  {
    rule: 'a length of nothing ends at once',
    text: 'HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n',
    state: 'whole',
    said: '',
  },
  {
    rule: '204 has no body, whatever it says',
    text: 'HTTP/1.1 204 No Content\r\n\r\n',
    state: 'whole',
    said: '',
  },
  {
    rule: 'chunks are put together, extensions and trailers left out',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: 1\r\n\r\n',
    state: 'whole',
    said: 'hello',
  },
  {
    rule: 'interim answers are passed over',
    text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
    state: 'whole',
    said: 'hi',
  },
  {
    rule: 'a reason may be missing',
    text: 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n',
    state: 'whole',
    said: '',
  },
  {
    rule: 'the same length twice is one length',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi',
    state: 'whole',
    said: 'hi',
  },
  {
    rule: 'who says close is not asked again',
    text: 'HTTP/1.1 200 OK\r\nConnection: Keep-Alive, Close\r\nContent-Length: 2\r\n\r\nhi',
    state: 'cut',
    said: 'hi',
  },
  {
    rule: 'nor is a server of HTTP/1.0',
    text: 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi',
    state: 'cut',
    said: 'hi',
  },
  {
    rule: 'nor one that says both how long it is and that it comes in chunks',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
    state: 'cut',
    said: 'hi',
  },
  {
    rule: 'bytes that are no text are shown as such, on one line',
    text: 'HTTP/1.1 500 Oops\r\nContent-Length: 6\r\n\r\na\r\n\tb\xff',
    state: 'whole',
    said: 'a b\ufffd',
  },
] as const;

for (const { rule, text, state, said } of READABLE)
  test(`answers: ${rule}, in one piece and byte by byte`, () => {
    for (const pieceBytes of [text.length, 1, 3]) {
      const seen = read(text, pieceBytes);
      expect(seen).toMatchObject({ state, answer: { text: said } });
    }
  });

test('answers: more than was asked for makes a connection useless', () => {
  const text = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n';
  expect(read(text)).toMatchObject({ state: 'cut', answer: { text: 'hi' } });
});

test('answers: without a length the end of the connection is the end of the answer', () => {
  const { state, reader, answer } = read('HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n\r\nlater');
  expect({ state, isWhole: reader.end() }).toEqual({ state: 'open', isWhole: true });
  expect(answer).toMatchObject({ status: 503, text: 'later', headers: { 'retry-after': '7' } });
});

for (const [rule, text] of [
  ['within its head', 'HTTP/1.1 200 OK\r\nContent-'],
  ['within its body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'],
  ['within a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf'],
  ['before the last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
] as const)
  test(`answers: one that ends ${rule} is not whole`, () => {
    const { state, reader } = read(text);
    expect({ state, isWhole: reader.end() }).toEqual({ state: 'open', isWhole: false });
  });

for (const [rule, text] of [
  ['another protocol', '220 mail.example ESMTP\r\n'],
  ['a first byte that is no H', '\r'],
  ['HTTP/2', 'HTTP/2 200 OK\r\n\r\n'],
  ['no status', 'HTTP/1.1 OK\r\n\r\n'],
  ['a line that is no header', 'HTTP/1.1 200 OK\r\nnothing\r\n\r\n'],
  ['a header over two lines', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi'],
  ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
  ['a chunk without a size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhi\r\n'],
  ['a chunk that is longer than it says', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nhi\r\n'],
  ['another protocol from here on', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  ['a head without end', `HTTP/1.1 200 OK\r\nA: ${'b'.repeat(20_000)}`],
] as const)
  test(`answers: ${rule} is not readable`, () => {
    expect(read(text).state).toBe('unreadable');
  });

for (const [rule, head, piece] of [
  ['with a length', 'HTTP/1.1 500 Oops\r\nContent-Length: 1000000\r\n\r\n', 'x'.repeat(512)],
  ['without one', 'HTTP/1.1 500 Oops\r\n\r\n', 'x'.repeat(512)],
  ['in chunks', 'HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n'],
] as const)
  test(`answers: a long one is cut off and its beginning kept, ${rule}`, () => {
    const reader = createAnswerReader();
    let state = reader.push(Buffer.from(head));
    for (let pieces = 0; state === 'open' && pieces < 4096; pieces += 1)
      state = reader.push(Buffer.from(piece));
    expect(state).toBe('cut');
    expect(reader.answer().text).toBe('x'.repeat(2048));
  });
