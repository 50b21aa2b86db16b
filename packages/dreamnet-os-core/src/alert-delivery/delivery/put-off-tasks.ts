import type { Clock, TimerHandle } from '@dreamnet/contracts';
import type { Lane, LaneTask } from './lane.js';

/** What waits outside of its lane until its receiver may be asked again. */
export interface PutOffTasks {
  /** Back into the lane after so long; all of one lane together, in the order they came. */
  add(lane: Lane, task: LaneTask, forMs: number): void;
  /** Lets all of them go. @returns how many there were */
  drop(): number;
}

/** Nothing at first. Each lane has one timer at most, however many wait. */
export function createPutOffTasks(clock: Clock): PutOffTasks {
  const byLane = new Map<Lane, { tasks: LaneTask[]; timer: TimerHandle }>();
  const giveBack = (lane: Lane): void => {
    const tasks = byLane.get(lane)?.tasks ?? [];
    byLane.delete(lane);
    for (const task of tasks) lane.push(task);
  };
  return {
    add: (lane, task, forMs) => {
      const known = byLane.get(lane);
      if (known) known.tasks.push(task);
      else byLane.set(lane, { tasks: [task], timer: clock.setTimeout(() => giveBack(lane), forMs) });
    },
    drop: () => {
      let count = 0;
      for (const { tasks, timer } of byLane.values()) {
        clock.clearTimeout(timer);
        count += tasks.length;
      }
      byLane.clear();
      return count;
    },
  };
}
