import type { MailLine } from '@chatiq/contracts/mails';
import { digestMail } from './digest.ts';
import { invitationMail } from './invitation.ts';
import type { Letter } from './layout.ts';
import { missedChatMail } from './missed-chat.ts';
import { notificationMail } from './notification.ts';
import { offlineReplyMail } from './offline-reply.ts';
import { replyRefusedMail } from './reply-refused.ts';
import { snippetMail } from './snippet.ts';
import { transcriptMail } from './transcript.ts';
import { weeklyReportMail } from './weekly-report.ts';

export const sampleKinds = [
	'offline_reply',
	'transcript',
	'missed_chat',
	'reply_refused',
	'notification',
	'digest',
	'weekly_report',
	'invitation',
	'snippet'
] as const;
export type SampleKind = (typeof sampleKinds)[number];

interface Place {
	language: 'en' | 'uk';
	time_zone: string;
	console_url: string;
	site_name: string;
	organization_name: string;
	/** Whether answers by e-mail come in. */
	answerable: boolean;
}

const words = {
	en: {
		visitor: 'Marta',
		operator: 'Olena',
		colleague: 'Petro',
		question: 'Good evening! Do you deliver to Lviv on Saturday?',
		answer: 'Good evening, Marta! Yes, from ten to two.',
		note: '@Olena, could you look at the invoice?',
		second: 'How do I change the address of my order?'
	},
	uk: {
		visitor: 'Марта',
		operator: 'Олена',
		colleague: 'Петро',
		question: 'Доброго вечора! Чи доставляєте до Львова в суботу?',
		answer: 'Доброго вечора, Марто! Так, з десятої до чотирнадцятої.',
		note: '@Олена, глянь, будь ласка, на рахунок',
		second: 'Як змінити адресу мого замовлення?'
	}
};

/** Each mail as it looks, with invented people, for the console and for tests. */
export function sampleMail(kind: SampleKind, place: Place): Letter {
	const said = words[place.language];
	const asked = line(1, 'visitor', said.visitor, said.question);
	const answered = line(2, 'operator', said.operator, said.answer);
	const mail = {
		...place,
		to: 'a@example.com',
		page_url: 'https://example.com/',
		unsubscribe_token: '',
		reply_token: ''
	};
	const options = {
		unsubscribePage: `${place.console_url}/unsubscribe/…`,
		answerable: place.answerable
	};
	const makers: Record<SampleKind, () => Letter> = {
		offline_reply: () => offlineReplyMail({ ...mail, lines: [answered] }, options),
		transcript: () => transcriptMail({ ...mail, lines: [asked, answered] }),
		missed_chat: () =>
			missedChatMail(
				{
					...mail,
					visitor_name: said.visitor,
					conversation_id: '',
					since: asked.created_at,
					lines: [asked]
				},
				options
			),
		reply_refused: () =>
			replyRefusedMail({ ...mail, reason: 'wrong_sender', conversation_id: 'sample' }),
		notification: () => notificationMail({ ...mail, notification: mention(said) }, options),
		digest: () =>
			digestMail(
				{ ...mail, waiting_count: 2, unseen_count: 1, waiting: waiting(place, said) },
				options
			),
		weekly_report: () => weeklyReportMail({ ...mail, ...week }, options),
		invitation: () =>
			invitationMail({
				...{ ...mail, invited_by_name: said.colleague, role: 'operator', token: '…' },
				expires_at: '2026-11-30T10:00:00Z'
			}),
		snippet: () =>
			snippetMail({
				...{ ...mail, sent_by_name: said.colleague, site_key: 'sk_…', widget_url: null },
				functions_url: 'https://example.supabase.co/functions/v1',
				allowed_origins: ['https://example.com']
			})
	};
	return makers[kind]();
}

const line = (
	seq: number,
	author_kind: MailLine['author_kind'],
	author_name: string,
	body: string
): MailLine => ({
	...{ seq, author_kind, author_name, body, files: [] },
	created_at: `2026-11-20T18:0${seq}:00Z`
});

const mention = (said: (typeof words)['en']) => ({
	...{ id: '', kind: 'mention' as const, event: 'mention' as const, channels: [] },
	...{ organization_id: '', site_id: null, conversation_id: 'sample', round: 1, count: 1 },
	...{ created_at: '', told_at: '', read_at: null, rule_name: null },
	...{ person_id: null, visitor_name: said.visitor, actor_name: said.colleague, preview: said.note }
});

const waiting = ({ site_name }: Place, said: (typeof words)['en']) => [
	{
		...{ conversation_id: '', site_name, visitor_name: said.visitor, preview: said.question },
		since: '2026-11-20T18:01:00Z'
	},
	{
		...{ conversation_id: '', site_name, visitor_name: null, preview: said.second },
		since: '2026-11-21T05:40:00Z'
	}
];

const week = {
	from_day: '2026-11-16',
	to_day: '2026-11-22',
	week: {
		conversations: 128,
		missed: 3,
		ratings: 41,
		good_ratings: 38,
		first_response_seconds: 74
	},
	before: {
		conversations: 110,
		missed: 7,
		ratings: 35,
		good_ratings: 30,
		first_response_seconds: 126
	}
};
