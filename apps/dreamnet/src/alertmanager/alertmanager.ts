import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { acquireStateLock, createSqliteStore, type StateLock } from '@dreamnet/adapters';
import type { Clock, PublishEvent, Store } from '@dreamnet/contracts';
import {
  type AlertDelivery,
  createAlertDelivery,
  type DeliveryConfig,
} from '@dreamnet/dreamnet-os-core/alert-delivery';
import { DreamnetError } from '@dreamnet/kit';
import { programError } from '../errors.js';
import type { ReloadState } from '../http/alertmanager/delivery-metrics.js';
import { type AlertmanagerFile, loadAlertmanagerFile } from './file/load-file.js';
import { makeNotifiers } from './file/receiver-plans.js';
import { type Rehearsed, rehearse } from './rehearsal.js';

export interface AlertmanagerOptions {
  clock: Clock;
  /** The Alertmanager file. */
  configFile: string;
  /** Where silences, alerts and what was told are kept. Made when it is not there; one program at a time. */
  stateDir: string;
  /** Nobody is told of anything for so long: senders get to say first what is still so. Default 0. */
  startDelayMs?: number;
  /** Where people reach us, for links in messages. */
  externalUrl: () => string;
  /** Told of each message before it is made, and how many alerts it is about. */
  onTelling?: (alerts: number) => void;
  publish: PublishEvent;
}

/** Alert delivery by an Alertmanager file, with its state on disk. */
export interface AlertmanagerService {
  readonly delivery: AlertDelivery;
  readonly startedAt: number;
  /** Of no use but that it is there. */
  readonly rehearsed: Rehearsed;
  readonly reloadState: Readonly<ReloadState>;
  shownConfig(): string;
  /** Reads the file again. @throws DN_ALERTMANAGER_* and the old one stays in force. */
  reload(): Promise<void>;
  /** Lets deliveries go on for `deadlineMs`, writes what is to be kept and gives the folder back. Idempotent. */
  stop(deadlineMs: number): Promise<void>;
}

/** Reloads of an unchanged file that follow each other within this are one. */
const STORM_MS = 1_000;

/**
 * Reads the file, takes the state folder and starts delivering.
 *
 * @throws DN_ALERTMANAGER_*, DN_STATE_LOCKED, DN_STATE_FOLDER_UNUSABLE, DN_STORE_* — before anything was started.
 */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<AlertmanagerService> {
  const { clock, configFile } = options;
  let file = loadAlertmanagerFile(configFile);
  const config = toDeliveryConfig(file, options);
  const rehearsed = rehearse(clock, config);
  const { lock, store } = await openState(options);
  const delivery = createAlertDelivery({
    clock,
    store,
    publish: options.publish,
    startDelayMs: options.startDelayMs ?? 0,
    config,
  });
  const startedAt = clock.now();
  const reloadState: ReloadState = { isLastSuccessful: true, lastSuccessAt: startedAt };
  let inForceSinceMs = Number.NEGATIVE_INFINITY;
  let stopping: Promise<void> | undefined;
  const close = async (deadlineMs: number) => {
    await delivery.stop(deadlineMs);
    await store.close();
    await lock.release();
  };
  try {
    await delivery.load();
    delivery.start();
  } catch (thrown) {
    await close(0);
    throw thrown;
  }
  return {
    delivery,
    startedAt,
    rehearsed,
    reloadState,
    shownConfig: () => file.shownText,
    reload: async () => {
      try {
        const next = loadAlertmanagerFile(configFile);
        // Alertmanager groups anew at every reload, so we do, too. Reloads of the same text that storm are one.
        const nowMs = clock.monotonic();
        if (next.text !== file.text || nowMs - inForceSinceMs >= STORM_MS) {
          delivery.configure(toDeliveryConfig(next, options));
          inForceSinceMs = nowMs;
        }
        file = next;
        Object.assign(reloadState, { isLastSuccessful: true, lastSuccessAt: clock.now() });
      } catch (thrown) {
        reloadState.isLastSuccessful = false;
        throw thrown;
      }
    },
    stop: (deadlineMs) => {
      stopping ??= close(deadlineMs);
      return stopping;
    },
  };
}

function toDeliveryConfig(file: AlertmanagerFile, options: AlertmanagerOptions): DeliveryConfig {
  const receivers = Object.entries(file.receivers).map(
    ([name, plans]) => [name, makeNotifiers(plans, options)] as const,
  );
  return {
    route: file.route,
    inhibitRules: file.inhibitRules,
    timeIntervals: file.timeIntervals,
    receivers: Object.fromEntries(receivers),
    ...(file.resolveTimeoutMs !== undefined && { resolveTimeoutMs: file.resolveTimeoutMs }),
  };
}

async function openState({
  stateDir,
  clock,
}: AlertmanagerOptions): Promise<{ lock: StateLock; store: Store }> {
  makeFolder(stateDir);
  const lock = await acquireStateLock(stateDir);
  try {
    return { lock, store: await createSqliteStore({ path: join(stateDir, 'alertmanager.db'), clock }) };
  } catch (thrown) {
    await lock.release();
    throw thrown;
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    const why = DreamnetError.from(thrown).message;
    throw programError('DN_STATE_FOLDER_UNUSABLE', { path, why }, thrown);
  }
}
