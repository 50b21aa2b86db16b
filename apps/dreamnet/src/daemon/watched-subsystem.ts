import type { Probe, SourcePlace, Subsystem } from '@dreamnet/contracts';
import { httpProbe, tcpProbe } from '@dreamnet/protocols';
import type { SubsystemEntry } from '../config/schema.js';

/** A subsystem of the fleet file: something that runs elsewhere and is only watched. */
export function createWatchedSubsystem(entry: SubsystemEntry, declaredAt: SourcePlace): Subsystem {
  const probe = probeOf(entry);
  return {
    manifest: {
      domain: entry.domain,
      weight: entry.weight,
      dependsOn: entry.dependsOn,
      declaredAt,
      ...(entry.heartbeat && { heartbeat: { ttlMs: entry.heartbeat.ttl } }),
    },
    ...(probe &&
      entry.probe && {
        probe,
        probeSchedule: {
          everyMs: entry.probe.every,
          timeoutMs: entry.probe.timeout,
          rise: entry.probe.rise,
          fall: entry.probe.fall,
        },
      }),
  };
}

function probeOf(entry: SubsystemEntry): Probe | undefined {
  const { probe } = entry;
  if (probe?.http !== undefined) return httpProbe({ url: probe.http, timeoutMs: probe.timeout });
  if (probe?.tcp === undefined) return undefined;
  const [host = '127.0.0.1', port = '0'] = probe.tcp.split(':');
  return tcpProbe({ host, port: Number(port), timeoutMs: probe.timeout });
}
