import type { Clock } from '@dreamnet/contracts';
import { httpProbe, invokeHttp } from '@dreamnet/protocols';
import type { AgentSession } from './session.js';

export interface HttpSessionOptions {
  endpoint: string;
  healthPath: string;
  invokePath: string;
  probeTimeoutMs: number;
  clock: Clock;
}

/** An agent that answers plain HTTP: GET for health, POST of JSON for work. */
export function createHttpAgentSession(options: HttpSessionOptions): AgentSession {
  const healthUrl = new URL(options.healthPath, options.endpoint).href;
  const invokeUrl = new URL(options.invokePath, options.endpoint).href;
  const probe = httpProbe({ url: healthUrl, timeoutMs: options.probeTimeoutMs, clock: options.clock });
  return {
    probe,
    invoke: (_capability, input, { timeoutMs, signal }) =>
      invokeHttp(invokeUrl, input, { timeoutMs, signal, clock: options.clock }),
    reset: () => undefined,
    refresh: () => undefined,
    view: () => ({ isOpen: true, details: { healthUrl, invokeUrl } }),
  };
}
