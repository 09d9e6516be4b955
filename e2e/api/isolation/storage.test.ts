import { describe, it } from 'vitest';
import { askBucket, bucketCommands } from './checks/buckets.ts';
import { expectGrid } from './checks/outcome.ts';
import { buckets } from './matrix.ts';
import { setUp } from './set-up.ts';

const context = setUp();

describe.each(Object.entries(buckets))('%s', (bucket, about) => {
	it.each(bucketCommands)('lets those %s whom it should', async (command) => {
		const actual = await askBucket(context(), { bucket, about, command });
		expectGrid({ expected: about[command], actual });
	});
});
