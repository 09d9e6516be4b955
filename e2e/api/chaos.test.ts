import { expect, it } from 'vitest';
import { runChaos } from '../support/chaos.ts';

it('kill -9 of any one process at any moment loses nothing, and the stack heals itself', async () => {
	const report = await runChaos({ rounds: 2 });
	expect(report).toMatchObject({
		kills: { stack: 2, postmaster: 2, backend: 2, checkpointer: 2, deno: 2 },
		lost: [],
		doubled: [],
		unseen: [],
		deliversLive: true
	});
	expect(report.acknowledged).toBeGreaterThan(30);
}, 120_000);
