import { z } from 'zod';
import { argument } from '../config/primitives.js';

/** A program and its arguments; no shell is involved. */
export const commandSchema = z.tuple([argument.min(1)], argument);
