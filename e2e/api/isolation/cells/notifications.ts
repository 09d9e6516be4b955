import { randomUUID } from 'node:crypto';
import type { FunctionCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { accountOf, organizationAt } from '../spares.ts';
import type { World } from '../world.ts';

/** About the caller alone, whoever that is: nothing in the arguments names anybody. */
const oneself = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     ok  ok  ok  ok  x   x   x   x   x   ok  ok  403
	foreign   ok  ok  ok  ok  x   x   x   x   x   ok  ok  403`;

const onlyTheirs = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	opr       -   -   ok  -   x   x   x   x   x   -   -   -
	foreign   -   -   -   -   x   x   x   x   x   ok  -   -
	guessed   -   -   -   -   x   x   x   x   x   -   -   -`;

const workerOnly = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	opr       x   x   x   x   x   x   x   x   x   x   x   ok
	foreign   x   x   x   x   x   x   x   x   x   x   x   ok`;

const nothingForWorker = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	opr       x   x   x   x   x   x   x   x   x   x   x   -
	foreign   x   x   x   x   x   x   x   x   x   x   x   -`;

const recipient = (world: World, place: string) =>
	accountOf(world, place === 'foreign' ? 'str' : 'opr');

async function spareNotification(world: World, place: string): Promise<string> {
	const id = randomUUID();
	if (place === 'guessed') return id;
	const row = {
		...{ id, kind: 'rule' },
		organization_id: organizationAt(world, place),
		user_id: recipient(world, place)
	};
	await world.sql`insert into public.notifications ${world.sql(row)}`;
	return id;
}

async function spareSubscription(world: World, place: string): Promise<string> {
	const id = randomUUID();
	if (place === 'guessed') return id;
	const row = {
		...{ id, user_id: recipient(world, place), endpoint: `https://fcm.googleapis.com/${id}` },
		...{ p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) }
	};
	await world.sql`insert into private.push_subscriptions ${world.sql(row)}`;
	return id;
}

const subscription = async (world: World, place: string) => ({
	subscription_id: await spareSubscription(world, place)
});

/** One that stays on the first page of the list, however many come later. */
async function spareNewest(world: World, place: string): Promise<string> {
	const id = await spareNotification(world, place);
	await world.sql`update public.notifications set told_at = '2100-01-01' where id = ${id}`;
	return id;
}

type Spare = (world: World, place: string) => Promise<string>;

/**
 * For lists, which name nothing in their arguments: the rows of all lines, made once before the first call, so that all
 * who ask at once are answered from the same rows.
 */
function madeOnce(spare: Spare): Pick<FunctionCells, 'call' | 'shows'> {
	const made = new WeakMap<World, Promise<void>>();
	const ids: Record<string, string> = {};
	const make = async (world: World) => {
		for (const place of ['opr', 'foreign', 'guessed']) ids[place] = await spare(world, place);
	};
	return {
		call: async (world) => {
			const ready = made.get(world) ?? make(world);
			made.set(world, ready);
			await ready;
			return {};
		},
		shows: (_, place) => ids[place] ?? 'none'
	};
}

export const notificationFunctions: Record<string, FunctionCells> = {
	list_notifications: {
		...madeOnce(spareNewest),
		cells: onlyTheirs
	},
	record_notification_steps: {
		call: async (world, place) => ({
			notification_id: await spareNotification(world, place),
			round: 0,
			steps: ['arrived']
		}),
		shows: () => '1',
		cells: onlyTheirs
	},
	get_notification_preferences: {
		call: () => ({}),
		shows: () => 'email_after_minutes',
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			first     ok  ok  ok  ok  x   x   x   x   x   ok  ok  -
			foreign   ok  ok  ok  ok  x   x   x   x   x   ok  ok  -`
	},
	set_notification_preferences: {
		call: () => ({ preferences: { events: {}, quiet: null, time_zone: 'UTC' } }),
		refusals: { 403: 'forbidden' },
		cells: oneself
	},
	get_push_settings: {
		...madeOnce(spareSubscription),
		cells: onlyTheirs
	},
	save_push_subscription: {
		call: () => ({
			endpoint: `https://fcm.googleapis.com/${randomUUID()}`,
			p256dh: 'B'.repeat(87),
			auth: 'A'.repeat(22)
		}),
		refusals: { 403: 'forbidden' },
		cells: oneself
	},
	remove_push_subscription: {
		call: subscription,
		shows: () => 'true',
		cells: onlyTheirs
	},
	test_push: { call: subscription, shows: () => 'true', cells: onlyTheirs },
	push_message: { call: subscription, cells: workerOnly },
	pushed: {
		call: async (world, place) => ({ ...(await subscription(world, place)), outcome: 'gone' }),
		cells: workerOnly
	},
	// It is about no site that anybody could open.
	notification_mail: {
		call: async (world, place) => ({ notification_id: await spareNotification(world, place) }),
		cells: nothingForWorker
	},
	notification_mailed: {
		call: async (world, place) => ({ notification_id: await spareNotification(world, place) }),
		cells: workerOnly
	},
	missed_chat_mailed: {
		call: (world, place) => ({
			conversation_id: world.thread(place === 'foreign' ? 'foreign' : 'unv').id,
			since: '2026-01-01T00:00:00Z',
			user_id: recipient(world, place)
		}),
		cells: workerOnly
	}
};
