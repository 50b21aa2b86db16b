import { tcpProbe } from '@dreamnet/protocols';
import { z } from 'zod';
import { probeKind } from './probe-kind.js';

const address = z
  .string()
  .regex(/^(?:[^:\s]+|\[[0-9a-f:.]+\]):\d{1,5}$/i, 'expected host:port')
  .refine((text) => portOf(text) >= 1 && portOf(text) <= 65_535, 'expected a port from 1 to 65535');

/** Opens a connection and closes it: that shows a listener, not that it works. */
export const tcpKind = probeKind({
  key: 'tcp',
  schema: address,
  expects: [],
  create: (text, { clock, timeoutMs }) => {
    const host = text.slice(0, text.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
    return tcpProbe({ host, port: portOf(text), clock, timeoutMs });
  },
});

function portOf(text: string): number {
  return Number(text.slice(text.lastIndexOf(':') + 1));
}
