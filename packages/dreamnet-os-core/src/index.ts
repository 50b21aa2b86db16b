export type { AlertDeliveryOptions } from './alert-delivery/alert-delivery.js';
export { createAlertDelivery } from './alert-delivery/alert-delivery.js';
export type {
  AlertDelivery,
  AlertGroup,
  AlertQuery,
  DeliveredAlert,
  DeliveredAlertStatus,
  DeliveryConfig,
  DeliveryFigures,
  DeliveryRoom,
  InhibitRule,
  PostRefusal,
  RouteConfig,
  SilenceDesk,
  SilenceDraft,
  SilenceState,
} from './alert-delivery/alert-delivery-boundary.js';
export type { AlertReport } from './alert-delivery/dispatch/alert-record.js';
export { mergeReports } from './alert-delivery/dispatch/alert-record.js';
export {
  matchersText,
  matcherText,
  matchesLabels,
  problemOfMatcher,
} from './alert-delivery/matchers/label-matching.js';
export type { MatcherSyntax } from './alert-delivery/matchers/parse-matchers.js';
export { parseMatcher, parseMatchers } from './alert-delivery/matchers/parse-matchers.js';
export type { Route } from './alert-delivery/routes/route-tree.js';
export { createRouteTree, routesFor, walkRoutes } from './alert-delivery/routes/route-tree.js';
export type { AuditDraft, AuditHead, AuditVerdict } from './audit/audit-chain.js';
export { linkAuditEntry, verifyAuditChain } from './audit/audit-chain.js';
export type {
  AlertBook,
  AlertChange,
  AlertCondition,
  HealthChange,
  HealthEngine,
  MetricColumns,
  SubsystemHealth,
} from './boundary.js';
export { CORE_ERRORS } from './errors.js';
export type { AlertDecision, SilenceRequest } from './facade/alert-functions.js';
export type { AlertPage, AlertPageQuery, AlertPlace } from './facade/alert-pages.js';
export type { AlertSettings } from './facade/alerting.js';
export type { DreamNetOSCoreOptions } from './facade/core-options.js';
export { CORE_VERSION } from './facade/core-options.js';
export type { DreamNetOSCoreFacade } from './facade/dreamnet-os-core.js';
export { createDreamNetOSCore, DreamNetOSCore } from './facade/dreamnet-os-core.js';
export type { EventListener } from './facade/event-hub.js';
export type { ReceiverTrial } from './facade/receiver-functions.js';
export type { RemedyDecision } from './facade/recovery-functions.js';
export type {
  AlertRule,
  RuleSelector,
  RuleTrigger,
} from './heartbeat-alerts/rules/alert-rule.js';
export { isRuleLabel } from './heartbeat-alerts/rules/alert-rule.js';
export type { Comparison } from './heartbeat-alerts/rules/comparison.js';
export { parseComparison } from './heartbeat-alerts/rules/comparison.js';
export { unknownPlaceholder } from './heartbeat-alerts/rules/placeholders.js';
export type { EscalationPolicy } from './heartbeat-alerts/telling/escalation.js';
export type {
  AnomalyExplanation,
  AnomalyScorer,
  AnomalyScorerOptions,
  AnomalyScorerState,
} from './neural-mesh/anomaly/anomaly-scorer.js';
export { createAnomalyScorer } from './neural-mesh/anomaly/anomaly-scorer.js';
export { replayAnomalies } from './neural-mesh/anomaly/replay-anomalies.js';
export type { AnomalyFigures, MetricAnomalies } from './neural-mesh/metric-anomalies.js';
export type { TrendQuery } from './neural-mesh/metric-trends.js';
export type { Samples } from './os-store/series/sample-block.js';
export type { SeriesHistory, SeriesHistoryOptions } from './os-store/series/series-history.js';
export { createSeriesHistory } from './os-store/series/series-history.js';
export type { SeriesFilter } from './os-store/series/series-list.js';
export type { HistoryFigures, HistoryKeep, HistorySettings } from './os-store/series/series-options.js';
export { HISTORY_DEFAULTS } from './os-store/series/series-options.js';
export type {
  MaintenanceWindow,
  RemediationPolicy,
  RemediationPolicyOptions,
} from './remediation/remediation-policy.js';
export { DEFAULT_REMEDIATION_POLICY } from './remediation/remediation-policy.js';
export type { RemedyEvent } from './remediation/remedy-states.js';
export { REMEDY_STATES } from './remediation/remedy-states.js';
