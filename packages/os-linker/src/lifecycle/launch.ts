import type {
  ConfigurationProblem,
  InstallationChoice,
  LaunchSpec,
  RestartSpec,
  Runtime,
  RuntimeEnvironment,
  RuntimeHandle,
  RuntimeInspection,
} from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { type Access, describeAccess } from '../environment-bindings/access.js';
import { pickBaseEnvironment } from '../environment-bindings/base-environment.js';
import type { ResolvedEnvironment } from '../environment-bindings/resolve-environment.js';
import { linkerError } from '../errors.js';
import { type LaunchPlan, toIsolation } from '../process-descriptors/launch-plan.js';
import type { ProcessRecord } from '../process-descriptors/process-record.js';
import { checkContext } from '../runtime-contexts/check-context.js';
import { type Refusal, refuse, type StartAnswer, type StopAnswer } from './answers.js';
import {
  amend,
  applyEvent,
  type LinkerState,
  redacted,
  requireRecord,
  resolveFor,
  runtimeIo,
  writeSecretFiles,
} from './linker-state.js';
import { noteHostPhase } from './process-events.js';

/** A launch that can go ahead, or what stands in its way. */
export type Preparation =
  | {
      ok: true;
      runtime: Runtime;
      spec: LaunchSpec;
      resolved: ResolvedEnvironment;
      /** The virtual environment it will run in, absolute; to be remembered. */
      environment: string | undefined;
    }
  | Refusal;

/**
 * Checks everything a start needs, without starting anything.
 *
 * @throws DN_LINKER_NOT_LAUNCHABLE, and what the runtime registry throws for an unknown kind.
 */
export async function prepareLaunch(state: LinkerState, processId: string): Promise<Preparation> {
  const record = requireRecord(state, processId);
  const { plan } = record;
  if (!plan) throw linkerError('DN_LINKER_NOT_LAUNCHABLE', { processId });
  const runtime = state.options.runtimes.get(plan.runtime);
  const resolved = await resolveFor(state, record);
  if (resolved.problems.length > 0)
    return refuse('DN_LINKER_CONFIGURATION_MISSING', processId, resolved.problems);
  if (plan.isolationRequired && resolved.notEnforced.length > 0)
    return refuse('DN_LINKER_NOT_ENFORCED', processId, [notEnforcedProblem(resolved.notEnforced)]);
  const asked = toLaunchSpec(record, plan, resolved);
  const found = await runtime.environmentOf?.(asked);
  const mismatch = found?.isThere === false ? goneProblem(found) : await findMismatch(runtime, record, plan);
  if (mismatch) return refuse('DN_LINKER_RUNTIME_MISMATCH', processId, [mismatch]);
  const spec = { ...asked, ...(found !== undefined && { found }) };
  return { ok: true, runtime, spec, resolved, environment: found?.path };
}

function goneProblem({ path }: RuntimeEnvironment): ConfigurationProblem {
  return {
    key: 'environment',
    description: `The virtual environment ${path}, in which it ran, is gone or has no interpreter`,
    expected: path,
    observed: 'no interpreter there, and another Python would not have its packages',
    remedyHint: 'put it back, or say with interpreter which Python is meant, and start it again',
  };
}

function notEnforcedProblem(notEnforced: readonly string[]): ConfigurationProblem {
  return {
    key: 'isolation',
    description: notEnforced.join('; '),
    expected: 'every binding enforced, since its isolation is required',
    observed: notEnforced.join('; '),
    remedyHint: 'ask for isolation sandbox, or leave required out',
  };
}

/** What the runtime is asked to launch. */
export function toLaunchSpec(
  record: ProcessRecord,
  plan: LaunchPlan,
  resolved: Pick<ResolvedEnvironment, 'env'> & Access,
): LaunchSpec {
  const { id, runtimeContext } = record.descriptor;
  const { environment } = record;
  const { protocol, config, supervision } = plan;
  const isolation = toIsolation(plan, resolved);
  return {
    ...{ processId: id, protocol, config, version: runtimeContext.version, env: resolved.env, supervision },
    ...(isolation && { isolation }),
    ...(environment !== undefined && { environment }),
  };
}

/**
 * What a restart that nobody ordered follows: values of the vault, of files and of commands may be others by now, or be gone.
 *
 * @returns undefined of one that is bound to none; a refusal for what an ordered start would be refused for.
 * @throws DN_LINKER_NOT_LAUNCHABLE, and what the runtime throws when it chooses a program.
 */
export function describeRestart(state: LinkerState, processId: string): Promise<RestartSpec> | undefined {
  const isBound = state.bindings.list({ processId, type: 'secrets' }).length > 0;
  return isBound && state.records.get(processId)?.plan ? prepareRestart(state, processId) : undefined;
}

async function prepareRestart(state: LinkerState, processId: string): Promise<RestartSpec> {
  const prepared = await prepareLaunch(state, processId);
  if (!prepared.ok) {
    const { message, problems } = prepared;
    const { message: reason } = linkerError('DN_LINKER_RESTART_REFUSED', { why: message });
    return { ok: false, reason, problems };
  }
  const { runtime, spec, resolved } = prepared;
  if (!runtime.localSpec) throw linkerError('DN_LINKER_NOT_LAUNCHABLE', { processId });
  await writeSecretFiles(state, processId, resolved);
  return { ok: true, spec: await runtime.localSpec(spec) };
}

/**
 * How the runtime names it. A local runtime's handle is known before the launch, so it is stored with the intent and
 * a process whose launch nobody lived to record is found again.
 */
export function knownHandle(state: LinkerState, record: ProcessRecord): RuntimeHandle | null {
  if (record.handle || !record.plan) return record.handle;
  const runtime = state.options.runtimes.get(record.plan.runtime);
  return runtime.localSpec ? { runtime: runtime.kind, processId: record.descriptor.id, ref: {} } : null;
}

/** How the runtime sees it now; undefined when it was never launched. */
export async function inspectRuntime(
  state: LinkerState,
  record: ProcessRecord,
  signal?: AbortSignal,
): Promise<RuntimeInspection | undefined> {
  const { handle } = record;
  if (!handle) return undefined;
  return state.options.runtimes.get(handle.runtime).inspect(handle, runtimeIo(state, signal));
}

/** Launches what was prepared. The caller has stored the intent. */
export async function launchPrepared(
  state: LinkerState,
  prepared: Extract<Preparation, { ok: true }>,
  signal?: AbortSignal,
): Promise<StartAnswer> {
  const { runtime, spec, resolved, environment } = prepared;
  const { processId } = spec;
  try {
    // Of variables that are bound no longer, too.
    await state.options.secretFiles?.clear(processId);
    await writeSecretFiles(state, processId, resolved);
    const handle = await runtime.launch(spec, runtimeIo(state, signal));
    amend(state, processId, { handle, environment });
    const inspection = await runtime.inspect(handle, runtimeIo(state, signal));
    const answer = await settleLaunch(state, processId, inspection);
    return (
      answer ?? {
        ok: true,
        identity: inspection.identity ?? null,
        isNew: true,
        notEnforced: resolved.notEnforced,
      }
    );
  } catch (thrown) {
    const error = DreamnetError.from(thrown);
    // The store failing after the launch is not the launch failing: the process lives and is found again.
    if (error.code === 'DN_LINKER_STORE_FAILED') throw error;
    const failed = applyEvent(state, processId, {
      event: 'launch_failed',
      because: error.message,
      changes: { intent: null },
    });
    const next = noteHostPhase(state, processId);
    await state.writer.commit(`the failed launch of ${processId}`, [...failed.writes, ...next.writes]);
    const refusal = toRefusal(state, error);
    return next.isTried ? { ...refusal, message: `${refusal.message}; it is tried again` } : refusal;
  }
}

/** Ends whatever of it runs. A failure is an answer. */
export async function stopRuntime(
  state: LinkerState,
  record: ProcessRecord,
  options: { deadlineMs?: number | undefined; signal?: AbortSignal | undefined },
): Promise<StopAnswer> {
  const { handle, plan } = record;
  if (!handle) return { ok: true };
  const deadlineMs = options.deadlineMs ?? plan?.supervision.stopDeadlineMs ?? 0;
  try {
    const runtime = state.options.runtimes.get(handle.runtime);
    await runtime.stop(handle, runtimeIo(state, options.signal), deadlineMs);
    return { ok: true };
  } catch (thrown) {
    return toRefusal(state, DreamnetError.from(thrown));
  }
}

/** Stores what became of a launch; a refusal when it does not run. */
async function settleLaunch(
  state: LinkerState,
  processId: string,
  inspection: RuntimeInspection,
): Promise<Refusal | undefined> {
  const isUp = inspection.state === 'running' || inspection.state === 'starting';
  // One that has done its work by now.
  const isDone = inspection.state === 'stopped';
  const news = isUp
    ? { event: 'process_started' as const, because: `launched: ${inspection.vendorState}` }
    : {
        event: isDone ? ('exited_clean' as const) : ('failed' as const),
        because: `launched, then ${inspection.vendorState}`,
      };
  const { writes } = applyEvent(state, processId, {
    ...news,
    changes: { identity: isUp ? (inspection.identity ?? null) : null, intent: null },
  });
  const next = isUp || isDone ? [] : noteHostPhase(state, processId).writes;
  await state.writer.commit(`the launch of ${processId}`, [...writes, ...next]);
  return isUp || isDone ? undefined : refuse('DN_LINKER_NOT_UP', processId);
}

async function findMismatch(
  runtime: Runtime,
  record: ProcessRecord,
  plan: LaunchPlan,
): Promise<ConfigurationProblem | undefined> {
  const installed = await runtime.versions?.(plan.config);
  const check = checkContext(record.descriptor.runtimeContext, installed);
  return check.ok ? undefined : check.problem;
}

function toRefusal(state: LinkerState, error: DreamnetError): Refusal {
  return {
    ok: false,
    code: error.code,
    message: redacted(state, error.message),
    retryable: error.retryable,
    problems: [],
  };
}

/** Which installation a start would use now, and why; null when there is nothing to choose. */
export async function explainChoice(
  state: LinkerState,
  processId: string,
): Promise<InstallationChoice | null> {
  const record = requireRecord(state, processId);
  const { plan } = record;
  const runtime = plan && state.options.runtimes.get(plan.runtime);
  if (!plan || !runtime?.explainChoice) return null;
  // Secrets are not needed to choose: only the PATH the process would have.
  const { env } = record.descriptor.runtimeContext;
  const base = pickBaseEnvironment(state.options.environment);
  return runtime.explainChoice(
    toLaunchSpec(record, plan, { env: { ...base, ...env }, ...describeAccess([], {}) }),
  );
}
