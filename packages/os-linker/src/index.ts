export type { CapabilityLookup, CapabilityMap } from './capabilities-map/capability-map.js';
export { capabilitiesMapSchema, createCapabilityMap } from './capabilities-map/capability-map.js';
export type { NewBinding, SecretChange } from './changes/binding.js';
export type { RecordedChange } from './changes/recorded-change.js';
export type { NewProcess, RegisterOutcome } from './changes/registration.js';
export type { ChangeSignal, RenewalOutcome } from './changes/renewal.js';
export { chooseReactions } from './changes/renewal.js';
export { BASE_VARIABLES, pickBaseEnvironment } from './environment-bindings/base-environment.js';
export { appliesTo } from './environment-bindings/binding-book.js';
export type { CheckedBinding } from './environment-bindings/schema.js';
export { environmentBindingSchema, parseEnvironmentBinding } from './environment-bindings/schema.js';
export type { SecretFiles } from './environment-bindings/secret-files.js';
export { createSecretFiles } from './environment-bindings/secret-files.js';
export { LINKER_ERRORS } from './errors.js';
export type { Refusal, RestartAnswer, StartAnswer, StopAnswer } from './lifecycle/answers.js';
export { REFUSALS } from './lifecycle/answers.js';
export type { GivenEnvironment, GivenSecrets } from './lifecycle/given-secrets.js';
export type { OperationOptions, StopOptions } from './lifecycle/operations.js';
export { formatIdentity } from './lifecycle/process-events.js';
export type { AdoptableProcess, OpenReport, RecoveryReport } from './lifecycle/recover.js';
export type { Invoker, OSLinkerOptions, RuntimeSource, Scaler } from './linker-options.js';
export type { OSLinker, ProcessInspection } from './os-linker.js';
export { createOSLinker } from './os-linker.js';
export type { Isolation, LaunchPlan } from './process-descriptors/launch-plan.js';
export { launchPlanSchema, parseLaunchPlan } from './process-descriptors/launch-plan.js';
export type { ProcessChange } from './process-descriptors/process-history.js';
export { parseProcessDescriptor, processDescriptorSchema } from './process-descriptors/schema.js';
export type { ProcessStatusEvent } from './process-descriptors/status.js';
export { PROCESS_EVENTS, PROCESS_STATUS_TABLE, stepProcessStatus } from './process-descriptors/status.js';
export type { BudgetDefinition, Spender } from './resources/budget-definition.js';
export { BUDGET_ERRORS, budgetError } from './resources/budget-errors.js';
export type {
  Budgets,
  BudgetsOptions,
  Reservation,
  ReserveOutcome,
  ReserveRequest,
  Settlement,
} from './resources/budgets.js';
export { createBudgets } from './resources/budgets.js';
export { isTimeZone } from './resources/calendar-window.js';
export { EVERYTHING, frozenError } from './resources/freezes.js';
export type { Money } from './resources/money.js';
export { parseMoney, showMoney } from './resources/money.js';
export type { ContextCheck } from './runtime-contexts/check-context.js';
export { checkContext } from './runtime-contexts/check-context.js';
export { runtimeContextSchema } from './runtime-contexts/schema.js';
export type {
  DesiredReplicas,
  ReplicaReading,
  ScalingGoal,
  ScalingSample,
} from './scaling/desired-replicas.js';
export type { LeavingCandidate } from './scaling/replica-choice.js';
export { chooseLeaving, freeSlots } from './scaling/replica-choice.js';
export { agentOf, ONLY_SLOT, replicaId } from './scaling/replica-names.js';
export type { Replica, ReplicaRecord } from './scaling/replica-record.js';
export {
  deleteReplicas,
  loadReplicas,
  memberIds,
  putReplicas,
  setByHand,
  withDecision,
  withoutNext,
} from './scaling/replica-record.js';
export type { Resize, Resized } from './scaling/resize.js';
export { resizeReplicas } from './scaling/resize.js';
export type { RollingFacts } from './scaling/roll-on.js';
export { abandonRolling, rollOn } from './scaling/roll-on.js';
export type { RollingEvent, RollingMove, RollingPhase, RollingRestart } from './scaling/rolling-restart.js';
export { advanceRolling, endOfMove, isBeside, isOver, planRolling } from './scaling/rolling-restart.js';
export type {
  Decided,
  ScalingObservation,
  ScalingRule,
} from './scaling/scaling-decision.js';
export { decideScale } from './scaling/scaling-decision.js';
export type { Recommendation, StabilisationWindows } from './scaling/stabilise.js';
export type { UnreadableRecord } from './state/stored-state.js';
export { VAULT_ERRORS } from './vault/errors.js';
export type { Redactor } from './vault/redactor.js';
export { createRedactor } from './vault/redactor.js';
export type { SecretVersion, Vault, VaultOptions } from './vault/vault.js';
export { createVault } from './vault/vault.js';
export type { VaultLock, VaultLockState } from './vault/vault-lock.js';
