// The agent beside this file, watched by a real daemon that is killed and comes back. Exits 1 when anything is not as stated.
import { verify } from './verify.mjs';

await verify(new URL('.', import.meta.url));
