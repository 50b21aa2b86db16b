export type {
  InclusiveRange,
  LabelMatcher,
  LabelSet,
  MinuteRange,
  Notification,
  NotifiedAlert,
  Notifier,
  PostedAlert,
  Silence,
  TimeInterval,
} from './alerting.js';
export type {
  BudgetAmounts,
  BudgetMeasure,
  BudgetMeasureView,
  BudgetMeter,
  BudgetPeriod,
  BudgetView,
  BudgetWindow,
  FreezeView,
  ReservationView,
  Spending,
} from './budgets.js';
export { BUDGET_MEASURES, BUDGET_PERIODS } from './budgets.js';
export type { ErrorBody, ErrorRow, ErrorTable } from './errors.js';
export type { DreamnetEvent, EventData, EventType, PublishEvent } from './events.js';
export type {
  Alert,
  AlertState,
  AlertType,
  FixResult,
  GapState,
  GapType,
  HealthExplanation,
  HealthHistoryEntry,
  HealthStats,
  HealthTerm,
  IntegrationGap,
  LeftOutTerm,
  MetricAnomaly,
  ScoreReason,
  Severity,
  Trend,
} from './findings.js';

export type {
  ActivitySample,
  AxisHealth,
  AxisReading,
  CarriedCalls,
  Domain,
  Evidence,
  Factor,
  HealthReport,
  HeartbeatOutcome,
  Liveness,
  LivenessSignal,
  Probe,
  ProbeResult,
  ProbeSchedule,
  Progress,
  Readiness,
  ReportedCall,
} from './health.js';
export { DOMAIN_FACTORS, LONGEST_TTL_MS } from './health.js';
export type {
  AlertView,
  AxisView,
  GroupOutcome,
  GroupView,
  NotifierView,
  PsEntry,
  ReceiverView,
  ReplicaView,
  RuleView,
  ScaleDecisionView,
  ScaleView,
  SeriesListing,
  SilenceFromNow,
  SilenceView,
  SilenceWish,
  StatusView,
  SubsystemView,
} from './http-api.js';
export type { BoundPath, IsolationSpec, ProcessUser } from './isolation.js';
export type {
  ExitRecord,
  LocalProcessHost,
  LocalProcessSpec,
  ProcessIdentity,
  ProcessStreams,
  ResourceLimits,
  RestartPolicy,
  RestartSpec,
  RestartType,
  SparePhase,
  SpareSpec,
  SpareView,
  StartWait,
  SupervisedPhase,
  SupervisedProcess,
} from './local-process.js';
export type { LogEntry, LogLevel } from './logs.js';
export { LOG_LEVELS } from './logs.js';
export type {
  DreamNetOSSnapshot,
  DreamNetOSStatus,
  DreamNetVersionInfo,
  GlobalHealthScores,
  SubsystemStatus,
  SubsystemSummary,
} from './os-core.js';
export type {
  BindingType,
  CapabilitiesMap,
  ChangeReaction,
  EnvironmentBinding,
  EnvironmentName,
  FilesBindingConfig,
  NetworkBindingConfig,
  OSProcessDescriptor,
  OSProcessStatus,
  RuntimeContext,
  SecretDelivery,
  SecretReference,
  SecretSource,
  SecretsBindingConfig,
} from './os-linker.js';
export type {
  Clock,
  EventBus,
  EventHandler,
  JournalEntry,
  JournalRange,
  ReportLog,
  ReportLogEntry,
  ReportLogReplay,
  ScanOptions,
  Store,
  StoredRecord,
  StoreWrite,
  Subscription,
  TimerHandle,
} from './ports.js';
export type {
  GroupDecisionView,
  GroupPhase,
  ProcessGroupSpec,
  RestartStrategy,
  SupervisedGroup,
} from './process-groups.js';
export type {
  AuditEntry,
  Incident,
  IncidentEntry,
  IncidentStage,
  RecoveryAction,
  RecoveryActionType,
  RecoveryPolicy,
  RemedyAnswer,
  RemedyEffect,
  RemedyState,
  Risk,
  VerificationCheck,
  VerificationPlan,
} from './remedies.js';
export type { CallAttempt, CallOutcome, DeliveryDetails, Route, RouteDecision } from './routing.js';
export type {
  AgentProtocol,
  ConsideredInstallation,
  InstallationChoice,
  LaunchSpec,
  Runtime,
  RuntimeEnvironment,
  RuntimeHandle,
  RuntimeInspection,
  RuntimeIo,
} from './runtime.js';
export type {
  AnomalyPoint,
  MetricSample,
  SeriesAnswer,
  SeriesName,
  SeriesPoint,
  SeriesRange,
} from './series.js';
export type { StopAccount, StopManner, StopRung, StopSignal, StopStep } from './stopping.js';
export { STOP_SIGNALS } from './stopping.js';
export type {
  ConfigurationProblem,
  ConnectionDeclaration,
  DependencyDeclaration,
  DreamNetOSContext,
  Indicator,
  PowerAnswer,
  ResourceShortage,
  SourcePlace,
  StatusAnswer,
  Subsystem,
  SubsystemManifest,
  SyncDeclaration,
} from './subsystem.js';
export { LARGEST_WEIGHT, LEAST_WEIGHT } from './subsystem.js';
export type {
  ExitResources,
  Pressure,
  PressureReading,
  ProcessUsage,
  Shortage,
  UsageReading,
} from './usage.js';
