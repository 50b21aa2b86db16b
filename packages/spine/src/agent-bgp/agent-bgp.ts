import type { CallOutcome } from '@dreamnet/contracts';
import { type CallOptions, callCapability } from './call.js';
import { createRouteTable, type RouteTable, type RouteTableOptions } from './route-table.js';

/** The route table, and calls through it. */
export interface AgentBgp extends RouteTable {
  /** See `callCapability` for the failover rule. Never rejects. */
  call(capability: string, input: unknown, options: CallOptions): Promise<CallOutcome>;
}

/** Routing by capability: announce, withdraw, explain, call. Holds everything in memory and has no timers of its own. */
export function createAgentBgp(options: RouteTableOptions): AgentBgp {
  const table = createRouteTable(options);
  const { clock, publish } = options;
  return {
    ...table,
    call: (capability, input, call) =>
      callCapability({ table, clock, ...(publish && { publish }) }, { capability, input }, call),
  };
}
