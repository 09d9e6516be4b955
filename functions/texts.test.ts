import type { Notification } from '@chatiq/contracts/notifications';
import en from '@chatiq/i18n/mails/en.json' with { type: 'json' };
import uk from '@chatiq/i18n/mails/uk.json' with { type: 'json' };
import { digestMail } from '@chatiq/mails/digest';
import { invitationMail } from '@chatiq/mails/invitation';
import { notificationMail } from '@chatiq/mails/notification';
import { replyRefusedMail } from '@chatiq/mails/reply-refused';
import { sampleKinds, sampleMail } from '@chatiq/mails/samples';
import { textsOf } from '@chatiq/mails/texts';
import { transcriptMail } from '@chatiq/mails/transcript';
import { expect, it, vi } from 'vitest';
import { refusedText } from './inbound-mail/receive-mail.ts';
import { pushText } from './worker/push-text.ts';

const calls = vi.hoisted(() => [] as { text: string; values: Record<string, string | number> }[]);
vi.mock('@chatiq/i18n/fill', async (original) => {
	const { filled } = await original<{ filled: (text: string, values: object) => string }>();
	return {
		filled: (text: string, values: Record<string, string | number>) => {
			calls.push({ text, values });
			return filled(text, values);
		}
	};
});

type Text = string | { [key: string]: Text };
const textsIn = (text: Text): string[] =>
	typeof text === 'string' ? [text] : Object.values(text).flatMap(textsIn);
const placesOf = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);

/** Everything that says something by mail or push, in every form that it has. */
function sayAll(language: 'en' | 'uk'): void {
	const place = {
		...{ language, time_zone: 'Europe/Kyiv', console_url: 'https://console.test' },
		...{ site_name: 'Shop', organization_name: 'Shop & Sons', answerable: true }
	};
	for (const kind of sampleKinds) sampleMail(kind, place);
	const mail = { ...place, to: 'a@people.test', unsubscribe_token: 't', page_url: null };
	const file = {
		seq: 1,
		author_kind: 'visitor' as const,
		author_name: null,
		body: '',
		files: ['a.pdf']
	};
	transcriptMail({ ...mail, lines: [{ ...file, created_at: '2026-11-20T10:00:00Z' }] });
	for (const reason of ['expired', 'empty'] as const)
		replyRefusedMail({ ...mail, reason, conversation_id: null });
	const invited = { role: 'admin' as const, expires_at: '2026-11-20T10:00:00Z', token: 't' };
	invitationMail({ ...mail, ...invited, invited_by_name: null });
	digestMail({ ...mail, waiting_count: 0, unseen_count: 2, waiting: null });
	const since = '2026-11-20T10:00:00Z';
	const one = { conversation_id: 'c', site_name: 'Shop', visitor_name: null, preview: 'Hi', since };
	digestMail({ ...mail, waiting_count: 12, unseen_count: 0, waiting: [one] });
	for (const actor_name of [null, 'Petro']) {
		for (const kind of ['new_conversation', 'missed_chat', 'mention', 'assigned'] as const) {
			const notification: Notification = {
				...{ id: 'n', kind, event: 'other', channels: [], organization_id: 'o', site_id: 's' },
				...{ conversation_id: 'c', round: 1, count: 1, created_at: since, told_at: since },
				...{
					read_at: null,
					person_id: null,
					visitor_name: null,
					rule_name: null,
					preview: 'Hi',
					actor_name
				}
			};
			notificationMail({ ...mail, notification });
			const to = { endpoint: '', p256dh: '', auth: '', vapid_keys: null, console_url: null };
			pushText({ ...to, language, notification });
		}
	}
	refusedText([{ name: 'a.pdf', reason: 'too_many' }], textsOf(language).inbound);
}

it.each([
	['en', en],
	['uk', uk]
] as const)('every place of what is mailed and pushed is filled, %s', (language, texts) => {
	calls.length = 0;
	sayAll(language);
	for (const { text, values } of calls) {
		for (const name of placesOf(text)) {
			expect([text, name, values[name] ?? null]).toEqual([text, name, expect.anything()]);
		}
	}
	const said = new Set(calls.map(({ text }) => text));
	const withPlaces = textsIn(texts).filter((text) => placesOf(text).length > 0);
	expect(withPlaces.filter((text) => !said.has(text))).toEqual([]);
});
