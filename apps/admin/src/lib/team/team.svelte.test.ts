import { AppError } from '@chatiq/contracts/errors';
import type { TeamMember } from '@chatiq/contracts/team';
import { expect, it } from 'vitest';
import type { TeamApi } from './supabase-team.ts';
import { Team } from './team.svelte.ts';

const member = (user_id: string, part: Partial<TeamMember> = {}): TeamMember => ({
	...{ user_id, name: user_id, avatar_url: null, email: `${user_id}@people.test` },
	...{ role: 'operator', capacity: null, deactivated_at: null, joined_at: '2026-01-01T00:00:00Z' },
	...{ presence: 'offline', second_factor: false, site_ids: [], open_conversations: 2, ...part }
});

/** A team in memory that writes down what it is asked for. */
function fakeTeam(refuse?: { call: string; code: 'last_owner' | 'forbidden' }) {
	const calls: string[] = [];
	const done = (call: string): Promise<void> => {
		calls.push(call);
		return call.startsWith(refuse?.call ?? 'never')
			? Promise.reject(new AppError(refuse?.code ?? 'internal'))
			: Promise.resolve();
	};
	const api: TeamApi = {
		members: () =>
			Promise.resolve([
				member('ann'),
				member('bo'),
				member('old', { deactivated_at: '2026-01-02' })
			]),
		invitations: () => Promise.resolve([]),
		invite: (_, { email }) => done(`invite ${email}`),
		resend: (id) => done(`resend ${id}`),
		revoke: (id) => done(`revoke ${id}`),
		setRole: (_, user, role) => done(`role ${user} ${role}`),
		setCapacity: (_, user, capacity) => done(`capacity ${user} ${capacity}`),
		setSites: (_, user, sites) => done(`sites ${user} ${sites.join()}`),
		activate: (_, user) => done(`activate ${user}`),
		deactivate: (_, user, heir) => done(`deactivate ${user} for ${heir}`),
		remove: (_, user, heir) => done(`remove ${user} for ${heir}`),
		transfer: (_, user) => done(`transfer ${user}`),
		secondFactorRequired: () => Promise.resolve(false),
		requireSecondFactor: (_, required) => done(`second factor ${required}`)
	};
	return { calls, team: new Team(api) };
}

it('takes access away and hands over at once', async () => {
	const { calls, team } = fakeTeam();
	await team.show('org');
	expect(await team.deactivate('ann', 'bo')).toBeNull();
	expect(await team.remove('ann', null)).toBeNull();
	expect(calls).toEqual(['deactivate ann for bo', 'remove ann for null']);
});

it('says why something was refused and goes on', async () => {
	const { team } = fakeTeam({ call: 'role', code: 'last_owner' });
	await team.show('org');
	expect(await team.setRole('ann', 'admin')).toBe('last_owner');
	expect(team.busy).toBe(false);
	expect(team.failure).toBeNull();
});

it('offers active colleagues as heirs', async () => {
	const { team } = fakeTeam();
	await team.show('org');
	expect(team.heirs('ann').map(({ user_id }) => user_id)).toEqual(['bo']);
});
