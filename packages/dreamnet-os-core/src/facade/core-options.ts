import type { Alert, Clock, DreamNetVersionInfo, EventBus, Store } from '@dreamnet/contracts';
import type { DeliveryConfig } from '../alert-delivery/alert-delivery-boundary.js';
import type { HealthEngineOptions } from '../health/health-engine.js';
import type { AlertBookOptions } from '../heartbeat-alerts/alert-book.js';
import type { AlertRule } from '../heartbeat-alerts/rules/alert-rule.js';
import type { EscalationPolicy } from '../heartbeat-alerts/telling/escalation.js';
import type { MetricAnomaliesOptions } from '../neural-mesh/metric-anomalies.js';
import type { SeriesHistoryOptions } from '../os-store/series/series-history.js';
import type { RemediationPolicyOptions } from '../remediation/remediation-policy.js';

/** What a core may be made with; everything has a default that works in-process. */
export interface DreamNetOSCoreOptions {
  /** Default: the machine's clock. */
  clock?: Clock;
  /** Default: memory only. */
  store?: Store;
  /** Why reports are not kept on disk now, in words; undefined while they are. Asked every 2 s; an alert says so meanwhile. */
  keepingProblem?: () => string | undefined;
  /** Why the configuration as it is written is not in force, in words; undefined while it is. Asked every 2 s, like that. */
  configProblem?: () => string | undefined;
  /** Who runs and could not be started again, since the secrets are locked, in words; undefined: nobody. Asked every 2 s; a warning says so. */
  secretsProblem?: () => string | undefined;
  /** Every event is published here too. */
  bus?: Pick<EventBus, 'publish'>;
  /** How far recovery may go by itself. Default `low-risk`. */
  policy?: RemediationPolicyOptions;
  /** Told of alerts worth telling, after their root cause is known. Must return at once. */
  notify?: (alert: Alert, status: 'firing' | 'resolved') => void;
  /** People's own alert rules. */
  rules?: readonly AlertRule[];
  /** Who is told of which alerts, once started. Default: nobody. */
  delivery?: DeliveryConfig;
  /** Who else is told when nobody acknowledges. */
  escalation?: readonly EscalationPolicy[];
  version?: DreamNetVersionInfo;
  /** Who events say they come from. Default `os-core`. */
  source?: string;
  /** 0..1; tests give their own. */
  random?: () => number;
  health?: NonNullable<HealthEngineOptions['settings']>;
  /** Hides secrets in what subsystems say of themselves (details, reasons, evidence, calls), before it is kept or shown. */
  mask?: NonNullable<HealthEngineOptions['mask']>;
  /**
   * Will a subsystem of this name, or one of this domain, be watched soon? Then `run` does not take it for one that has gone,
   * whose alerts end. Default: none will.
   */
  isAwaited?: (nameOrDomain: string) => boolean;
  alerts?: NonNullable<AlertBookOptions['settings']>;
  /** Between two detections of gaps after `start()`. Default 5 000 ms. */
  gapsEveryMs?: number;
  /** Between two entries of the health history after `start()`. Default 10 000 ms. */
  historyEveryMs?: number;
  /** How long and how much of the metrics', scores' and statuses' history is kept. */
  history?: NonNullable<SeriesHistoryOptions['settings']>;
  /** How many metrics are scored for anomalies, and how often. */
  anomalies?: Omit<MetricAnomaliesOptions, 'clock'>;
}

/** The version of this package, as the status shows it. */
export const CORE_VERSION: DreamNetVersionInfo = { major: 0, minor: 1, patch: 0, label: '0.1.0' };
