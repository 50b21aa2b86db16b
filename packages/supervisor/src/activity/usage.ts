import type { ProcessUsage } from '@dreamnet/contracts';
import type { LaunchKit } from '../launch-kit.js';
import type { ActivityMeter } from './activity-meter.js';

/** What a running tree uses now, and what it may use; undefined as long as nothing of it was found. */
export function usageOf(meter: ActivityMeter, kit: LaunchKit | null): ProcessUsage | undefined {
  const usage = meter.usage();
  const confinement = kit?.confinement;
  return (
    usage &&
    Object.assign(
      { cgroupMemoryBytes: confinement?.memoryBytes() ?? null, limits: confinement?.limits ?? {} },
      usage,
    )
  );
}
