import type { DreamNetOSCoreFacade } from './dreamnet-os-core.js';
import type { Rooms } from './rooms.js';

/** Start, stop and waiting. */
export function createLifecycle(rooms: Rooms): Pick<DreamNetOSCoreFacade, 'start' | 'stop' | 'settled'> {
  let starting: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    starting = undefined;
    stopRooms(rooms);
    await rooms.alerting.stop();
    await rooms.inFlight.settled();
    await rooms.keeper.commit();
    await Promise.all([rooms.seriesHistory.stop(), rooms.anomalyKeeping.stop(), rooms.heard.stop()]);
    await writesSettled(rooms);
  };
  const start = async (): Promise<void> => {
    try {
      await load(rooms);
      startRooms(rooms);
    } catch (thrown) {
      await stop();
      throw thrown;
    }
  };
  return {
    start: () => {
      starting ??= start();
      return starting;
    },
    stop,
    settled: () => whileAlive(() => settle(rooms, () => starting !== undefined)),
  };
}

async function load({
  status,
  heard,
  history,
  alerts,
  alerting,
  incidents,
  remedies,
  anomalyKeeping,
}: Rooms): Promise<void> {
  await Promise.all([
    status.load(),
    heard.load(),
    history.load(),
    alerts.load(),
    alerting.load(),
    incidents.load(),
    remedies.load(),
    anomalyKeeping.load(),
  ]);
}

function startRooms(rooms: Rooms): void {
  rooms.health.start();
  rooms.heard.start();
  rooms.alerts.start();
  rooms.healthAlerts.start();
  rooms.alerting.start();
  rooms.history.start();
  rooms.seriesHistory.start();
  rooms.anomalyKeeping.start();
  rooms.integration.start();
  rooms.recovery.resume();
}

function stopRooms(rooms: Rooms): void {
  rooms.recovery.stop();
  rooms.pipeline.stop();
  rooms.integration.stop();
  rooms.history.stop();
  rooms.healthAlerts.stop();
  rooms.alerts.stop();
  rooms.health.stop();
}

/** Once started, somebody is asked all the time: then only what has consequences is waited for. */
async function settle(rooms: Rooms, isStarted: () => boolean): Promise<void> {
  do {
    if (!isStarted()) await rooms.health.settled();
    await rooms.integration.settled();
    await rooms.inFlight.settled();
    await writesSettled(rooms);
  } while (rooms.inFlight.size > 0);
}

async function writesSettled({ alerts, keeper, history, reasons, status }: Rooms): Promise<void> {
  const rooms = [alerts, keeper, history, reasons, status];
  await Promise.all(rooms.map((room) => room.settled()));
}

/** The clock's timers do not keep a program alive; one that awaits its end must not exit before it. */
async function whileAlive(wait: () => Promise<void>): Promise<void> {
  const { port1 } = new MessageChannel();
  port1.ref();
  try {
    await wait();
  } finally {
    port1.close();
  }
}
