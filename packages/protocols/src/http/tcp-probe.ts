import { connect } from 'node:net';
import type { Clock, Probe, ProbeResult } from '@dreamnet/contracts';
import { beginWait, systemClock } from '@dreamnet/kit';
import { connectionReason } from './exchange.js';

export interface TcpProbeOptions {
  port: number;
  /** Default `127.0.0.1`. */
  host?: string;
  /** Default 1000. */
  timeoutMs?: number;
  clock?: Clock;
}

/**
 * A probe that opens a connection and closes it. It proves only that the port accepts: the kernel accepts for a
 * stopped process too, so prefer a probe that asks something wherever one is possible.
 *
 * @returns A probe that never throws and settles by its own deadline.
 */
export function tcpProbe(options: TcpProbeOptions): Probe {
  const { port, host = '127.0.0.1', timeoutMs = 1000 } = options;
  const clock = options.clock ?? systemClock();
  const evidence = { asked: `connect to ${host}:${port}` };
  return (signal) =>
    new Promise<ProbeResult>((resolve) => {
      const startedMs = clock.monotonic();
      const socket = connect({ port, host });
      const settle = (ok: boolean, reason: string) => {
        endWait();
        signal.removeEventListener('abort', onAbort);
        socket.destroy();
        resolve({ ok, reason, latencyMs: clock.monotonic() - startedMs, evidence });
      };
      const onAbort = () => settle(false, 'cancelled before a connection was made');
      const endWait = beginWait(clock, timeoutMs, () =>
        settle(false, `no connection within ${timeoutMs} ms`),
      );
      socket.once('connect', () => settle(true, 'accepts connections'));
      socket.on('error', (error) => settle(false, connectionReason(error)));
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
    });
}
