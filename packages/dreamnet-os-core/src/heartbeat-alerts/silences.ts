import type { Alert, LegacySilence } from '@dreamnet/contracts';
import { createId } from '@dreamnet/kit';
import { coreError } from '../errors.js';

/** Silences in force, to come and just over. */
export interface Silences {
  add(silence: Omit<LegacySilence, 'id'>): LegacySilence;
  /** Takes one as it was stored. */
  restore(silence: LegacySilence): void;
  /** The silence that covers the alert at this time (epoch ms), if any. */
  covering(alert: Alert, now: number): LegacySilence | undefined;
  list(): readonly LegacySilence[];
  /** Forgets those that ended; returns their ids. */
  prune(now: number): readonly string[];
}

/**
 * An empty list of silences. A silence matches when every label it names has exactly the value given; besides its own
 * labels an alert has `subsystem`, `type`, `severity` and `fingerprint`.
 */
export function createSilences(): Silences {
  const silences = new Map<string, LegacySilence>();
  return {
    add: (given) => {
      const problem = problemOf(given);
      if (problem !== undefined) throw coreError('DN_CORE_SILENCE_INVALID', { problem });
      const silence = { ...given, id: createId('silence') };
      silences.set(silence.id, silence);
      return silence;
    },
    restore: (silence) => {
      silences.set(silence.id, silence);
    },
    covering: (alert, now) => {
      for (const silence of silences.values())
        if (silence.startsAt <= now && now < silence.endsAt && matches(silence, alert)) return silence;
      return undefined;
    },
    list: () => [...silences.values()],
    prune: (now) => {
      const ended = [...silences.values()].filter(({ endsAt }) => endsAt <= now).map(({ id }) => id);
      for (const id of ended) silences.delete(id);
      return ended;
    },
  };
}

function problemOf({ matchers, startsAt, endsAt }: Omit<LegacySilence, 'id'>): string | undefined {
  if (Object.keys(matchers).length === 0) return 'it names no label, so it would hide every alert';
  if (!(endsAt > startsAt)) return `it ends at ${endsAt}, not after its start at ${startsAt}`;
  return undefined;
}

function matches({ matchers }: LegacySilence, alert: Alert): boolean {
  const { subsystem, type, severity, fingerprint } = alert;
  const labels: Record<string, string> = { ...alert.labels, subsystem, type, severity, fingerprint };
  return Object.entries(matchers).every(
    ([label, value]) => Object.hasOwn(labels, label) && labels[label] === value,
  );
}
