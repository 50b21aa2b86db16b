// Stands for a model: takes its time, and says what it used.
import { setTimeout as sleep } from 'node:timers/promises';

export async function askModel(topic, signal) {
  await sleep(1500, undefined, { signal });
  return { text: `All there is to say about ${topic}`, tokens: 400 };
}
