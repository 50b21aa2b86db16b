import type { ProcessUsage } from '@dreamnet/contracts';
import type { LaunchKit } from '../launch-kit.js';
import type { ActivityMeter } from './activity-meter.js';

/** What a running tree uses now, and what it may use. */
export function usageOf(meter: ActivityMeter, kit: LaunchKit | null): ProcessUsage {
  const confinement = kit?.confinement;
  return Object.assign(
    { cgroupMemoryBytes: confinement?.memoryBytes() ?? null, limits: confinement?.limits ?? {} },
    meter.usage(),
  );
}
