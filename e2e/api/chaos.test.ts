import { expect, it } from 'vitest';
import { runChaos } from '../support/chaos.ts';

it('kill -9 of any one process at any moment loses nothing, and the stack heals itself', async () => {
	const report = await runChaos({ rounds: 1 });
	expect(report).toMatchObject({
		kills: { stack: 1, postmaster: 1, backend: 1, checkpointer: 1, deno: 1 },
		lost: [],
		doubled: [],
		unseen: [],
		deliversLive: true
	});
	expect(report.acknowledged).toBeGreaterThan(30);
}, 300_000);
