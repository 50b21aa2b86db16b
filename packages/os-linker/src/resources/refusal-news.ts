import type { Clock, PublishEvent } from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';

/** One that burns its budget in parallel is refused a thousand times a second: that is one event, with a number. */
const QUIET_MS = 1000;
const MOST_AGENTS = 10_000;

/** Tells of refusals as events, at most one a second of one agent and code. */
export function createRefusalNews({ clock, publish }: { clock: Clock; publish: PublishEvent }) {
  const told = new Map<string, { atMs: number; untold: number }>();
  return {
    tell: (agent: string, refusal: DreamnetError, budget: string | null) => {
      const key = `${agent} ${refusal.code}`;
      const nowMs = clock.monotonic();
      const last = told.get(key);
      if (last && nowMs - last.atMs < QUIET_MS) {
        last.untold += 1;
        return;
      }
      if (told.size >= MOST_AGENTS) told.clear();
      told.set(key, { atMs: nowMs, untold: 0 });
      const { code, message } = refusal;
      publish('budget.refused', agent, { budget, code, message, untold: last?.untold ?? 0 });
    },
  };
}
