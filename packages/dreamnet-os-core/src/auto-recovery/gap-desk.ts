import type { Alert, FixResult, IntegrationGap, RecoveryAction } from '@dreamnet/contracts';
import type { FindingCondition } from '../remediation/verification.js';

/** What recovery asks of the integration side. */
export interface GapDesk {
  /** The gap that an integration alert stands for. */
  gapOf(alert: Alert): IntegrationGap | undefined;
  /** A declared connection of the subsystem that is missing now. */
  missingConnection(subsystem: string): string | undefined;
  fixGap(gapId: string, incidentId: string): FixResult;
  /**
   * Looks for the gap that a fix is for before that is carried out; who answers at once is told of at once.
   *
   * @returns Why nothing needs to be done any more; undefined while the gap is there, and for what is no fix of a gap.
   */
  lookAgain(remedy: RecoveryAction): string | undefined | Promise<string | undefined>;
  /** Is this remedy for a gap, and if so, is the gap gone? */
  conditionOf(remedy: RecoveryAction): FindingCondition | undefined;
}
