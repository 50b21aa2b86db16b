// Asks before it spends: what its budget does not allow never reaches the model.
import { createAgent } from '@dreamnet/agent';
import { askModel } from './model.mjs';

const agent = createAgent();
agent.serve('text.write', async ({ topic }) => {
  const spend = await agent.reserve({ tokens: 1000 }); // throws when it may not be spent
  const { text, tokens } = await askModel(topic, spend.signal);
  await spend.settle({ tokens });
  return { text };
});
await agent.start();
