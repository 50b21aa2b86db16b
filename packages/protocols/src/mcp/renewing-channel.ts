import type { Clock } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { protocolsError } from '../errors.js';
import type { JsonRecord } from '../json-rpc/json.js';
import type { RpcReply } from '../json-rpc/pending-requests.js';
import type { ChannelRequestOptions, McpChannel, McpEra, McpStats } from './channel.js';
import { createCloseNotice } from './close-notice.js';
import type { McpVerdict } from './era.js';
import type { HttpSessionChannel } from './http-channel.js';

export interface RenewingChannelOptions {
  clock: Clock;
  /** A channel without a session. */
  open: () => HttpSessionChannel;
  /** The handshake of a legacy server, on a channel just opened. */
  shakeHands: (channel: McpChannel, signal: AbortSignal) => Promise<McpVerdict>;
}

/**
 * A channel over HTTP that outlives its sessions: when the server has forgotten one, all requests that it turned away
 * share one new handshake, and each is sent once more, for it has not run. A server that forgets the new session at once,
 * or gives none, closes the channel.
 *
 * @source MCP 2025-11-25, basic/transports, "Session Management"
 */
export function createRenewingChannel(options: RenewingChannelOptions): McpChannel {
  return new RenewingChannel(options);
}

class RenewingChannel implements McpChannel {
  private readonly closing = createCloseNotice();
  private readonly ending = new AbortController();
  private readonly past = { garbageLines: 0, oversizedLines: 0, lateAnswers: 0, unansweredRequests: 0 };
  private current: HttpSessionChannel;
  private renewal: Promise<HttpSessionChannel> | undefined;
  private inFlight = 0;

  constructor(private readonly options: RenewingChannelOptions) {
    this.current = options.open();
  }

  async request(method: string, params: JsonRecord, wait: ChannelRequestOptions): Promise<RpcReply> {
    if (this.closing.error) throw this.closing.error;
    this.inFlight += 1;
    try {
      return await this.send(method, params, wait);
    } finally {
      this.inFlight -= 1;
    }
  }

  notify(method: string, params: JsonRecord): Promise<void> {
    return this.current.notify(method, params);
  }

  adopt(version: string, era: McpEra): void {
    this.current.adopt(version, era);
  }

  onClose(listener: (error: DreamnetError) => void): void {
    this.closing.listen(listener);
  }

  stats(): McpStats {
    const { inFlight, past } = this;
    const now = this.current.stats();
    return {
      inFlight,
      garbageLines: past.garbageLines + now.garbageLines,
      oversizedLines: past.oversizedLines + now.oversizedLines,
      lateAnswers: past.lateAnswers + now.lateAnswers,
      unansweredRequests: past.unansweredRequests + now.unansweredRequests,
      lastHeardAtMs: now.lastHeardAtMs,
    };
  }

  async close(options: { endInput: boolean }): Promise<void> {
    this.closing.close('closed by this client');
    this.ending.abort();
    await this.current.close(options);
  }

  private async send(method: string, params: JsonRecord, wait: ChannelRequestOptions): Promise<RpcReply> {
    const { clock } = this.options;
    const untilMs = clock.monotonic() + wait.timeoutMs;
    const used = this.current;
    const reply = await used.ask(method, params, wait);
    if (reply !== 'session-forgotten') return reply;
    const renewed = await inTime(this.renewedAfter(used), { clock, method, untilMs, wait });
    const timeoutMs = Math.max(1, untilMs - clock.monotonic());
    const second = await renewed.ask(method, params, { ...wait, timeoutMs });
    if (second !== 'session-forgotten') return second;
    throw this.closing.close('the server has forgotten the session');
  }

  private renewedAfter(used: HttpSessionChannel): Promise<HttpSessionChannel> {
    if (this.current !== used) return Promise.resolve(this.current);
    this.renewal ??= this.renew().finally(() => {
      this.renewal = undefined;
    });
    return this.renewal;
  }

  private async renew(): Promise<HttpSessionChannel> {
    const next = this.options.open();
    try {
      const { era } = await this.options.shakeHands(next, this.ending.signal);
      // Whoever holds the session writes its requests in the era of the first handshake.
      if (era !== 'legacy') throw this.closing.close('the server speaks another era of MCP now');
      if (this.closing.error) throw this.closing.error;
    } catch (thrown) {
      await next.close({ endInput: false });
      const why = DreamnetError.from(thrown).message;
      throw this.closing.close(`the server has forgotten the session and gives no new one: ${why}`);
    }
    const { garbageLines, oversizedLines, lateAnswers, unansweredRequests } = this.current.stats();
    this.past.garbageLines += garbageLines;
    this.past.oversizedLines += oversizedLines;
    this.past.lateAnswers += lateAnswers;
    this.past.unansweredRequests += unansweredRequests;
    this.current = next;
    return next;
  }
}

interface Wait {
  clock: Clock;
  method: string;
  /** Monotonic ms. */
  untilMs: number;
  wait: ChannelRequestOptions;
}

/** The shared handshake goes on for the others when one caller waits no longer. */
function inTime<T>(promise: Promise<T>, { clock, method, untilMs, wait }: Wait): Promise<T> {
  return new Promise((resolve, reject) => {
    const { signal, timeoutMs } = wait;
    const onTimeout = () => reject(protocolsError('DN_MCP_TIMEOUT', { method, timeoutMs, delivered: false }));
    const onAbort = () => reject(protocolsError('DN_MCP_CANCELLED', { method, delivered: false }));
    const timer = clock.setTimeout(onTimeout, Math.max(0, untilMs - clock.monotonic()));
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => {
      clock.clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    });
  });
}
