import { StringDecoder } from 'node:string_decoder';

/**
 * Reads a server-sent-event stream piece by piece.
 *
 * @param onData Called with the data of each event; comments, names and ids are of no use here.
 * @source WHATWG HTML, "Server-sent events", event stream interpretation
 */
export function createSseReader(onData: (data: string) => void): { push(chunk: Buffer): void } {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let data: string[] = [];
  const readLine = (line: string) => {
    if (line === '') {
      if (data.length > 0) onData(data.join('\n'));
      data = [];
    } else if (line.startsWith('data:')) {
      data.push(line.slice(line[5] === ' ' ? 6 : 5));
    }
  };
  return {
    push: (chunk) => {
      const text = rest + decoder.write(chunk);
      // A CR at the very end may be the first half of a CRLF: it waits for the next piece.
      const lines = text.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      for (const line of lines) readLine(line);
    },
  };
}
