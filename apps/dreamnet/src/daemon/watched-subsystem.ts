import type { SourcePlace, Subsystem } from '@dreamnet/contracts';
import type { SubsystemEntry } from '../config/schema.js';
import type { ProbeHost } from '../probes/probe-kind.js';
import { createProbe } from '../probes/probe-schema.js';

/** A subsystem of the fleet file: something that runs elsewhere and is only watched. */
export function createWatchedSubsystem(
  entry: SubsystemEntry,
  declaredAt: SourcePlace,
  host: ProbeHost,
): Subsystem {
  const { probe: asked } = entry;
  const probe = asked && createProbe(asked, { ...host, timeoutMs: asked.timeout });
  return {
    manifest: {
      domain: entry.domain,
      weight: entry.weight,
      dependsOn: entry.dependsOn,
      declaredAt,
      stallAfterMs: entry.progress.stallAfter,
      loopAfter: entry.progress.loopAfter,
      ...(entry.heartbeat && { heartbeat: { ttlMs: entry.heartbeat.ttl } }),
      ...(entry.indicators.length > 0 && { indicators: entry.indicators }),
    },
    ...(probe &&
      asked && {
        probe,
        probeSchedule: {
          everyMs: asked.every,
          timeoutMs: asked.timeout,
          rise: asked.rise,
          fall: asked.fall,
        },
      }),
  };
}
