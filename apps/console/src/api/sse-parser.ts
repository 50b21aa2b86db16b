/** One server-sent event. */
export interface ServerSentEvent {
  id: string;
  type: string;
  data: string;
}

/**
 * Takes a stream of text apart into server-sent events. Comments and incomplete ends give nothing.
 *
 * @returns A function that takes the next piece of text and gives the events it completes.
 * @source WHATWG HTML §9.2.6
 */
export function createSseParser(): (text: string) => ServerSentEvent[] {
  let rest = '';
  let fields = { id: '', type: 'message', data: [] as string[] };
  return (text) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop() ?? '';
    const events: ServerSentEvent[] = [];
    for (const line of lines) {
      if (line !== '') {
        addField(fields, line);
        continue;
      }
      if (fields.data.length > 0)
        events.push({ id: fields.id, type: fields.type, data: fields.data.join('\n') });
      fields = { id: fields.id, type: 'message', data: [] };
    }
    return events;
  };
}

function addField(fields: { id: string; type: string; data: string[] }, line: string): void {
  const colon = line.indexOf(':');
  const name = colon === -1 ? line : line.slice(0, colon);
  const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
  if (name === 'id') fields.id = value;
  else if (name === 'event') fields.type = value;
  else if (name === 'data') fields.data.push(value);
}
