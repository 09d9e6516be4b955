import { parseArgs } from 'node:util';
import { runChaos } from './support/chaos.ts';

// `npm run test:chaos -- --minutes 10`: the long form of api/chaos.test.ts.
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const report = await runChaos({
	minutes: Number(values.minutes),
	say: (text) => console.log(text)
});
console.log(report);
const { lost, doubled, unseen, deliversLive } = report;
const failed = lost.length + doubled.length + unseen.length > 0 || !deliversLive;
process.exit(failed ? 1 : 0);
