import type { NotificationPreferences } from '@chatiq/contracts/notifications';
import { expect, it } from 'vitest';
import { channelsOf, Preferences } from './preferences.svelte.ts';

async function setup() {
	const saved: NotificationPreferences[] = [];
	const held: (() => void)[] = [];
	const state = { refuse: false, hold: false };
	const preferences = new Preferences({
		preferences: () =>
			Promise.resolve({
				events: { ...channelsOf, any_message: [] } as unknown as NotificationPreferences['events'],
				...{ quiet: null, time_zone: null, email_after_minutes: 15 },
				...{ digest: false, weekly_report: true }
			}),
		async prefer(wanted) {
			if (state.hold) await new Promise<void>((go) => held.push(go));
			if (state.refuse) throw new Error('refused');
			saved.push(wanted);
			return wanted;
		}
	});
	await preferences.load();
	return { preferences, saved, held, state };
}

it('puts what makes itself heard into the list, and an event without the list is off', async () => {
	const { preferences, saved } = await setup();
	await preferences.toggle('any_message', 'sound', true);
	await preferences.toggle('mention', 'list', false);
	expect(saved.at(-1)?.events).toMatchObject({ any_message: ['list', 'sound'], mention: [] });
	await preferences.toggle('any_message', 'sound', false);
	expect(preferences.current?.events.any_message).toEqual(['list']);
	expect(preferences.state).toBe('saved');
});

it('saves what was chosen last when choices come faster than answers', async () => {
	const { preferences, saved, held, state } = await setup();
	state.hold = true;
	const all = [5, 30, 60].map((email_after_minutes) => preferences.change({ email_after_minutes }));
	state.hold = false;
	for (const go of held) go();
	await Promise.all(all);
	expect(saved.at(-1)?.email_after_minutes).toBe(60);
	expect(saved.length).toBeLessThan(3);
});

it('keeps a choice that could not be saved on the screen, and tries again with the next', async () => {
	const { preferences, saved, state } = await setup();
	state.refuse = true;
	await preferences.change({ email_after_minutes: 5 });
	expect([preferences.state, preferences.current?.email_after_minutes]).toEqual(['failed', 5]);
	state.refuse = false;
	await preferences.change({});
	expect([preferences.state, saved.at(-1)?.email_after_minutes]).toEqual(['saved', 5]);
});
