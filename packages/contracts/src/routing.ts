/** One way to a provider of a capability. */
export interface Route {
  capability: string;
  provider: string;
  /** Agent systems passed, nearest first. A local provider has an empty path. */
  path: readonly string[];
  localPreference: number;
  cost: number;
  health: 'ready' | 'degraded';
  /** Providers of one group are replicas of each other: calls are shared among them. */
  group?: string;
  /** Epoch ms. */
  announcedAt: number;
}

/** Why one candidate stood before another. */
export interface RouteDecision {
  capability: string;
  /** The announced prefix that matched, longest first. */
  matched: string | null;
  candidates: readonly Route[];
  chosen: Route | null;
  /** The first rule that told the best from the second; `only candidate` and `no candidate` are rules too. */
  decidedBy: string;
  /** Providers that are known but not routable now, and why. */
  withdrawn: readonly { provider: string; because: string; since: number }[];
}

export type CallOutcome =
  | { ok: true; provider: string; output: unknown; attempts: readonly CallAttempt[]; decidedBy: string }
  | { ok: false; code: string; message: string; attempts: readonly CallAttempt[] };

export interface CallAttempt {
  provider: string;
  ok: boolean;
  latencyMs: number;
  error?: string;
}

/**
 * What the `details` of an error of a call say about the request. `delivered: false` means that it surely never
 * reached the agent, so that repeating it elsewhere cannot do the work twice; anything else means that it may have.
 */
export interface DeliveryDetails {
  readonly delivered: boolean;
}
