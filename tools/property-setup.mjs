// Tests of properties, in every file: after a failure the search for a smaller example ends in time to be read.
import fc from 'fast-check';

fc.configureGlobal({ interruptAfterTimeLimit: 20_000 });
