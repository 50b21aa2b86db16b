import type { Alert, FixResult, IntegrationGap, RecoveryAction } from '@dreamnet/contracts';
import type { FindingCondition } from '../remediation/verification.js';

/** What recovery asks of the integration side. */
export interface GapDesk {
  /** The gap that an integration alert stands for. */
  gapOf(alert: Alert): IntegrationGap | undefined;
  /** A declared connection of the subsystem that is missing now. */
  missingConnection(subsystem: string): string | undefined;
  fixGap(gapId: string, incidentId: string): FixResult;
  /** Is this remedy for a gap, and if so, is the gap gone? */
  conditionOf(remedy: RecoveryAction): FindingCondition | undefined;
}
