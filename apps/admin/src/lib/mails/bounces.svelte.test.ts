import type { MailBounce } from '@chatiq/contracts/mails';
import { AppError } from '@chatiq/contracts/errors';
import { expect, it } from 'vitest';
import { Bounces, type MailApi } from './bounces.svelte.ts';

const bounce = (email: string): MailBounce => ({
	...{ email, kind: 'bounce', reason: '', member_name: null },
	bounced_at: '2026-11-21T10:00:00Z'
});

function fake(lists: Record<string, MailBounce[]>) {
	const waiting: Record<string, () => void> = {};
	const api: MailApi = {
		async bounces(organization) {
			if (organization === 'slow') await new Promise<void>((go) => (waiting['slow'] = go));
			const list = lists[organization];
			if (!list) throw new AppError('organization_not_found');
			return list;
		},
		lift: (_, email) =>
			email.startsWith('no') ? Promise.reject(new AppError('internal')) : Promise.resolve()
	};
	return { bounces: new Bounces(api), waiting };
}

it('takes an address off the list when the backend has allowed it, not before', async () => {
	const { bounces } = fake({ a: [bounce('ann@x.test'), bounce('no@x.test')] });
	await bounces.show('a');
	const lifting = bounces.lift('ann@x.test');
	expect(bounces.busy.has('ann@x.test')).toBe(true);
	expect(bounces.list).toHaveLength(2);
	expect(await lifting).toBeNull();
	expect(await bounces.lift('no@x.test')).toBe('internal');
	expect(bounces.list?.map(({ email }) => email)).toEqual(['no@x.test']);
	expect(bounces.busy.size).toBe(0);
});

it('shows the organisation that was chosen last, whichever answers last', async () => {
	const { bounces, waiting } = fake({ slow: [bounce('old@x.test')], a: [bounce('new@x.test')] });
	const slow = bounces.show('slow');
	await bounces.show('a');
	waiting['slow']?.();
	await slow;
	expect(bounces.list?.map(({ email }) => email)).toEqual(['new@x.test']);
	await bounces.show('foreign');
	expect([bounces.list, bounces.failure]).toEqual([null, 'organization_not_found']);
});
