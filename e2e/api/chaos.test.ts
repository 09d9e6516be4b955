import { expect, it, vi } from 'vitest';
import { runChaos } from '../support/chaos.ts';

it('kill -9 of any one process at any moment loses nothing, and the stack heals itself', async () => {
	// The console warns of each topic that it loses, which is what happens here all the time.
	vi.spyOn(console, 'warn').mockReturnValue();
	const report = await runChaos({ rounds: 1 });
	expect(report).toMatchObject({
		kills: { stack: 1, postmaster: 1, backend: 1, walsender: 1, checkpointer: 1, deno: 1 },
		lost: [],
		doubled: [],
		unseen: [],
		deliversLive: true
	});
	expect(report.acknowledged).toBeGreaterThan(30);
}, 300_000);
