import type { Alert, LivenessSignal, RecoveryAction } from '@dreamnet/contracts';
import { AlertIntake } from './alert-intake.js';
import { IncidentDriver } from './incident-driver.js';
import { proposeRecoveryActions } from './recovery-actions.js';
import { incidentOf, type RecoveryDeps } from './recovery-deps.js';

/** After a start, so long a subsystem with an unfinished remedy may take to be watched again. */
const REAPPEAR_MS = 60_000;

export interface AutoRecoveryOptions extends RecoveryDeps {
  /** Told when it is decided whether something else explains an active alert. */
  onJudged?(alert: Alert): void;
}

/** From alerts to incidents to remedies. */
export interface AutoRecovery {
  /** Call before the health engine hears of the signal. */
  signal(signal: LivenessSignal): void;
  /** The subsystem is watched (again): what was left unfinished for it is taken up. */
  watched(name: string): void;
  /** It is not watched any more: its incident ends. */
  unwatched(name: string): void;
  generateRecoveryActions(names: readonly string[]): RecoveryAction[];
  /** After the books were loaded: takes up what an interruption left behind. */
  resume(): void;
  stop(): void;
}

/** Makes auto-recovery; it listens to alerts, health and remedies from now on. */
export function createAutoRecovery(options: AutoRecoveryOptions): AutoRecovery {
  const { alerts, health, pipeline, inFlight } = options;
  const driver = new IncidentDriver(options, {
    release: (incident, alert) => intake.release(incident, alert),
    lastFault: (subsystem) => intake.lastFault(subsystem),
  });
  const intake: AlertIntake = new AlertIntake(options, driver);
  const takeAlert = (alert: Alert): void =>
    inFlight.track(intake.takeAlert(alert).then(() => options.onJudged?.(alerts.get(alert.id) ?? alert)));
  const lookAt = (subsystem: string): void => {
    const incident = incidentOf(options, subsystem);
    if (incident) driver.look(incident.id);
  };

  alerts.onChange((alert, change) => {
    if (change === 'activated') takeAlert(alert);
    else if (alert.incidentId !== undefined) driver.look(alert.incidentId);
  });
  health.onChange(({ after }) => lookAt(after.name));
  pipeline.onFinished(({ subsystem, incidentId }) => {
    if (incidentId !== undefined) driver.look(incidentId);
    lookAt(subsystem);
    driver.offerRoom();
  });
  const waiting = createWaiting(options);

  return {
    signal: (signal) => {
      intake.takeSignal(signal);
    },
    watched: (name) => {
      driver.manage(name);
      waiting.takeUp(name);
    },
    unwatched: (name) => driver.forget(name),
    generateRecoveryActions: (names) => proposeRecoveryActions(options, names),
    resume: () => {
      waiting.load();
      for (const alert of intake.orphans()) takeAlert(alert);
      driver.start();
    },
    stop: () => {
      waiting.stop();
      driver.stop();
    },
  };
}

/** Unfinished remedies from before an interruption, until their subsystem is there again. */
function createWaiting({ clock, remedies, health, pipeline }: RecoveryDeps) {
  const waiting = new Map<string, RecoveryAction>();
  let timer: ReturnType<typeof clock.setTimeout> | undefined;
  const takeUpAll = (isWanted: (remedy: RecoveryAction) => boolean): void => {
    for (const remedy of [...waiting.values()].filter(isWanted)) {
      waiting.delete(remedy.id);
      pipeline.resume(remedy);
    }
  };
  return {
    load: () => {
      for (const remedy of remedies.unfinished()) waiting.set(remedy.id, remedy);
      takeUpAll(({ subsystem }) => health.subsystem(subsystem) !== undefined);
      // What has not come back by then is taken up all the same: its verification fails and says why.
      if (waiting.size > 0) timer = clock.setTimeout(() => takeUpAll(() => true), REAPPEAR_MS);
    },
    takeUp: (name: string) => takeUpAll(({ subsystem }) => subsystem === name),
    stop: () => {
      if (timer) clock.clearTimeout(timer);
    },
  };
}
