// Stands for a model: takes a moment, and says what it used.
import { setTimeout as sleep } from 'node:timers/promises';

export async function askModel(topic, signal) {
  await sleep(200, undefined, { signal });
  return { text: `All there is to say about ${topic}`, tokens: 400 };
}
