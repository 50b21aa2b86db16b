import type { CallOutcome, ScaleView } from '@dreamnet/contracts';
import { fixtureCommand } from '@dreamnet/testkit';
import type { DaemonProcess } from './daemon-process.js';

/** An agent that serves HTTP on the port it is given. */
export const echoAgent = (more: object) => ({
  runtime: 'node',
  command: fixtureCommand('serves-port.mjs'),
  protocol: 'http',
  endpoint: 'http://127.0.0.1:{port}',
  capabilities: ['echo'],
  health: { readiness: { every: '100ms' } },
  ...more,
});

export const scaleOf = (own: DaemonProcess, agent = 'web') =>
  own.client().get<ScaleView>(`/api/agents/${agent}/scale`);

export const call = (own: DaemonProcess, input: object = {}, capability = 'echo') =>
  own.client('operator').send<CallOutcome>('POST', '/api/call', { capability, input });
