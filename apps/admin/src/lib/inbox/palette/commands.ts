import type { CloseReason, ConversationPriority } from '@chatiq/contracts/conversation';
import { withoutMarks } from '@chatiq/contracts/light-marks';
import { m } from '@chatiq/i18n/console';
import { clock } from '#lib/i18n/clock.svelte.ts';
import { soonTime } from '#lib/i18n/time.ts';
import { closeReasonName } from '../conversation/close-reason-name.ts';
import { priorityName } from '../conversation/priority-name.ts';
import { snoozeTimes, type SnoozeTime } from '../conversation/snooze-times.ts';
import type { Desk } from '../desk.ts';
import { inboxViews } from '../list/filter.ts';
import { viewName } from '../list/view-name.ts';
import { filterOfView, type SavedView } from '../list/views/saved-views.svelte.ts';
import type { Opened } from '../opened.ts';
import { visitorName } from '../visitor/visitor-name.ts';

export type Group = 'conversation' | 'views' | 'recent' | 'go' | 'account';

/** A line of the palette: something to do, or somewhere to go. */
export interface Command {
	id: string;
	group: Group;
	text: string;
	/** Small, at the end: its key, or what is there. */
	hint?: string;
	/** Found by these words too. */
	words?: string;
	run: (() => void) | { href: string };
}

const reasons: CloseReason[] = ['resolved', 'no_reply', 'spam', 'duplicate', 'other'];
const priorities: ConversationPriority[] = ['urgent', 'high', 'normal', 'low'];
const snoozeName: Record<SnoozeTime['name'], () => string> = {
	hours: m.snooze_hours,
	evening: m.snooze_evening,
	tomorrow: m.snooze_tomorrow,
	week: m.snooze_week
};

/** What the desk offers right now, the nearest first. */
export function commandsOf(desk: Desk, extras: readonly Command[]): Command[] {
	return [...conversationCommands(desk), ...views(desk), ...recent(desk), ...extras];
}

function conversationCommands(desk: Desk): Command[] {
	const { opened } = desk;
	if (!opened?.row) return [];
	return [
		...writing(opened, desk.membership.me.id),
		...states(opened),
		...people(desk, opened),
		...teams(desk, opened),
		...labels(desk, opened),
		...visitor(desk, opened)
	];
}

const act = (id: string, text: string, run: () => void, hint?: string): Command => ({
	...{ id, group: 'conversation', text, run },
	...(hint && { hint })
});

function writing(opened: Opened, me: string): Command[] {
	return [
		act('reply', m.shortcuts_reply(), () => opened.write('reply'), 'R'),
		act('note', m.shortcuts_note(), () => opened.write('note'), 'N'),
		...following(opened, me),
		act('list', m.shortcuts_list(), () => opened.toggleList(), '['),
		act('card', m.palette_card(), () => opened.toggleCard(), ']')
	];
}

function following({ row, change }: Opened, me: string): Command[] {
	const on = row?.follower_ids.includes(me) ?? false;
	return [
		act('follow', on ? m.unfollow() : m.follow(), () => change({ kind: 'follow', on: !on }), 'F')
	];
}

function teams({ membership }: Desk, { row, change }: Opened): Command[] {
	if (!row) return [];
	const present = row.team_site_id ?? row.site_id;
	return membership.sites
		.filter(({ id, organization_id }) => organization_id === row.organization_id && id !== present)
		.map(({ id: site_id, name }) =>
			act(`transfer:${site_id}`, m.palette_transfer({ site: name }), () =>
				change({ kind: 'transfer', site_id })
			)
		);
}

function states(opened: Opened): Command[] {
	const status = opened.row?.status;
	const closing =
		status === 'closed'
			? [
					act(
						'reopen',
						m.conversation_reopen(),
						() => opened.change({ kind: 'status', status: 'open' }),
						'E'
					)
				]
			: [
					act(
						'close',
						m.conversation_close(),
						() => opened.change({ kind: 'status', status: 'closed' }),
						'E'
					),
					...reasons.map((reason) =>
						act(`close:${reason}`, `${m.close_as()} ${closeReasonName(reason)}`, () =>
							opened.change({ kind: 'status', status: 'closed', reason })
						)
					)
				];
	const snoozing = snoozeTimes(new Date(clock.now)).map(({ name, at }) =>
		act(
			`snooze:${name}`,
			m.palette_snooze({ time: snoozeName[name]() }),
			() => opened.change({ kind: 'snooze', until: at.toISOString() }),
			soonTime(at, clock.now)
		)
	);
	const ranks = priorities
		.filter((priority) => priority !== opened.row?.priority)
		.map((priority) =>
			act(`priority:${priority}`, m.palette_priority({ name: priorityName(priority) }), () =>
				opened.change({ kind: 'priority', priority })
			)
		);
	return [...closing, ...snoozing, ...ranks];
}

function people({ membership }: Desk, opened: Opened): Command[] {
	const { me } = membership;
	const assignee = opened.row?.assignee_id ?? null;
	const to = (assignee_id: string | null) => () => opened.change({ kind: 'assignee', assignee_id });
	const others = [...membership.people.values()].filter(
		({ id }) => id !== me.id && id !== assignee
	);
	return [
		...(assignee === me.id ? [] : [act('mine', m.shortcuts_mine(), to(me.id), 'M')]),
		...(assignee === null ? [] : [act('nobody', m.palette_unassign(), to(null))]),
		...others.map(({ id, display_name }) =>
			act(`assign:${id}`, m.palette_assign({ name: display_name }), to(id))
		)
	];
}

function labels({ membership }: Desk, opened: Opened): Command[] {
	const { row } = opened;
	if (!row) return [];
	return membership.labels
		.filter(({ organization_id }) => organization_id === row.organization_id)
		.map(({ id: label_id, name }) => {
			const on = row.label_ids.includes(label_id);
			const text = on ? m.palette_unlabel({ name }) : m.palette_label({ name });
			return act(`label:${label_id}`, text, () =>
				opened.change({ kind: 'label', label_id, on: !on })
			);
		});
}

function visitor({ membership }: Desk, opened: Opened): Command[] {
	const admin = membership.adminOf.some(({ id }) => id === opened.row?.organization_id);
	return [
		act('visitor:block', m.palette_block(), () => opened.visitor('block')),
		act('visitor:merge', m.merge_with_other(), () => opened.visitor('merge')),
		...(admin
			? [
					act('visitor:export', m.palette_export(), () => opened.visitor('export')),
					act('visitor:erase', m.palette_erase(), () => opened.visitor('erase'))
				]
			: [])
	];
}

function views(desk: Desk): Command[] {
	const { sites, labels } = desk.membership;
	const view = (id: string, text: string, change: Parameters<Desk['address']>[1]): Command => ({
		...{ id, group: 'views', text },
		run: { href: desk.address(null, change) }
	});
	return [
		...inboxViews.map((name) =>
			view(`view:${name}`, viewName(name), { view: name, label_id: null })
		),
		...(sites.length > 1
			? [
					view('site:all', m.inbox_all_sites(), { site_id: null }),
					...sites.map(({ id, name }) => ({
						...view(`site:${id}`, name, { site_id: id }),
						hint: m.inbox_site()
					}))
				]
			: []),
		...labels.map(({ id, name }) => ({
			...view(`labelled:${id}`, name, { view: 'open', label_id: id }),
			hint: m.inbox_labels()
		}))
	];
}

/** Lists under names. */
export function savedViews(desk: Desk, views: readonly SavedView[]): Command[] {
	return views.map((view) => ({
		...{ id: `saved:${view.id}`, group: 'views', text: view.name, hint: m.view_saved() },
		run: { href: desk.address(null, filterOfView(view)) }
	}));
}

/** Those opened last, then what the list holds. */
function recent(desk: Desk): Command[] {
	const ids = new Set([...desk.recent, ...desk.inbox.conversations.map(({ id }) => id)]);
	return [...ids].flatMap((id) => {
		const row = desk.inbox.row(id);
		if (!row) return [];
		return {
			...{ id: `conversation:${id}`, group: 'recent' as const, text: visitorName(row) },
			...{ hint: withoutMarks(row.last_message_preview), words: row.visitor_email ?? '' },
			run: { href: desk.address(id) }
		};
	});
}

/** Pages of the console; what they are is handed in, because their icons are drawn by Svelte. */
export function places(pages: readonly { href: string; title: () => string }[]): Command[] {
	return [
		{ id: 'go:inbox', group: 'go', text: m.inbox_title(), run: { href: '/inbox' } },
		...pages.map(({ href, title }): Command => ({
			...{ id: `go:${href}`, group: 'go', text: title(), hint: m.settings_title() },
			run: { href }
		}))
	];
}
