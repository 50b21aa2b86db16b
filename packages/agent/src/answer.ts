import { messageOf } from './report-limits.js';

/** In the body and in the log when a handler gave something that is not one JSON value. */
export const NOT_JSON = 'DN_AGENT_ANSWER_NOT_JSON';

/** What a handler gave, as it goes over the wire; no `json` for an answer without a body. */
export type Answer = { readonly json?: string } | { readonly why: string };

/**
 * Reads what a handler gave. Generators and streams are refused, since nobody asks them for their values: as JSON they are an
 * empty object. A stream is ended.
 */
export function readAnswer(output: unknown): Answer {
  if (output === undefined) return {};
  if (isSeries(output)) {
    letGo(output);
    return {
      why: 'it gives its values one after another, and an answer is one JSON value: gather them first',
    };
  }
  try {
    const json: string | undefined = JSON.stringify(output);
    return json === undefined ? { why: `a ${typeof output} is not JSON` } : { json };
  } catch (thrown) {
    return { why: messageOf(thrown) };
  }
}

interface Series {
  destroy?: unknown;
  cancel?: unknown;
}

/** Generators, iterators and streams, and no collection, which JSON has its own ways with. */
function isSeries(output: unknown): output is Series {
  if (typeof output !== 'object' || output === null) return false;
  return Symbol.asyncIterator in output || ('next' in output && Symbol.iterator in output);
}

/** Node's streams and the web's hold files and sockets until they are told; a generator that was not begun holds nothing. */
function letGo(series: Series): void {
  if (typeof series.destroy === 'function') series.destroy();
  else if (typeof series.cancel === 'function') Promise.resolve(series.cancel()).catch(() => undefined);
}
