import { DreamnetError } from '@dreamnet/kit';
import { parseCondition, parseSelector, prometheusProbe } from '@dreamnet/protocols';
import { z } from 'zod';
import { httpUrl } from '../config/primitives.js';
import { probeKind } from './probe-kind.js';

/** A text that one of the parsers accepts; what it says of another is shown with line and column. */
function parsed(parse: (text: string) => unknown) {
  return z.string().superRefine((text, context) => {
    try {
      parse(text);
    } catch (thrown) {
      context.addIssue({ code: 'custom', message: DreamnetError.from(thrown).message });
    }
  });
}

const schema = z.strictObject({
  url: httpUrl,
  /** Metrics to take along, by the name they are to have here. */
  metrics: z.record(z.string().min(1).max(200), parsed(parseSelector)).default({}),
  /** Must hold for the answer to be good, such as `app_up == 1`. */
  up: parsed(parseCondition).optional(),
});

/** Scrapes a page of metrics, takes some of them along and judges by one of them. */
export const prometheusKind = probeKind({
  key: 'prometheus',
  schema,
  expects: [],
  create: ({ url, metrics, up }, { clock, timeoutMs }) =>
    prometheusProbe({ url, metrics, clock, timeoutMs, ...(up !== undefined && { up }) }),
});
