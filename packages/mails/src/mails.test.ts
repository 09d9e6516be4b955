import type {
	InvitationMail,
	MailLine,
	MissedChatMail,
	OfflineReplyMail,
	SnippetLetter,
	TranscriptMail
} from '@chatiq/contracts/mails';
import { describe, expect, it } from 'vitest';
import { invitationMail } from './invitation.ts';
import type { Letter } from './layout.ts';
import { webLink } from './markup.ts';
import { missedChatMail } from './missed-chat.ts';
import { offlineReplyMail } from './offline-reply.ts';
import { snippetMail } from './snippet.ts';
import { transcriptMail } from './transcript.ts';
import { unsubscribeLinks } from './unsubscribe-links.ts';

const evil = `<img src=x onerror="alert('1')"> & Sons`;

const line: MailLine = {
	seq: 1,
	author_kind: 'visitor',
	author_name: null,
	body: `${evil}\nsecond line`,
	created_at: '2026-11-21T22:30:00Z',
	files: ['invoice <1>.pdf']
};
const tokens = { to: 'a@people.test', unsubscribe_token: 't', reply_token: 'r' };
const options = { unsubscribePage: 'https://console.test/unsubscribe/t', answerable: true };
const base = { time_zone: 'Europe/Kyiv', console_url: 'https://console.test' };
const site = { ...base, site_name: evil, page_url: 'https://shop.test/a?b=1&c="2"', lines: [line] };

function all(language: 'en' | 'uk'): Record<string, Letter> {
	const invitation: InvitationMail = {
		...base,
		...{ language, to: 'a@people.test', organization_name: evil, invited_by_name: evil },
		...{ role: 'operator', expires_at: '2026-11-28T10:00:00Z', token: 'inv_a/b' }
	};
	const transcript: TranscriptMail = { ...site, language };
	const reply: OfflineReplyMail = { ...transcript, ...tokens };
	const missed: MissedChatMail = {
		...{ ...reply, visitor_name: null, conversation_id: 'c-1', since: line.created_at }
	};
	const snippet: SnippetLetter = {
		...{ ...base, language, to: 'dev@people.test', site_name: evil, site_key: 'pk_1' },
		...{ organization_name: evil, sent_by_name: evil, allowed_origins: ['https://shop.test'] },
		...{ functions_url: 'https://ref.supabase.test/functions/v1', widget_url: null }
	};
	return {
		snippet: snippetMail(snippet),
		'snippet without addresses': snippetMail({ ...snippet, allowed_origins: [] }),
		invitation: invitationMail(invitation),
		'invitation by nobody': invitationMail({ ...invitation, invited_by_name: null }),
		transcript: transcriptMail(transcript),
		'empty transcript': transcriptMail({ ...transcript, lines: [] }),
		'offline reply': offlineReplyMail(reply, options),
		'missed chat': missedChatMail(missed, options)
	};
}

const mails = (['en', 'uk'] as const).flatMap((language) =>
	Object.entries(all(language)).map(([name, mail]) => ({
		name: `${name}, ${language}`,
		language,
		mail
	}))
);

it('draws what a message marks, and leaves the names of files alone', () => {
	const body = 'The **small** one\nis `A1` & <b>ready</b>';
	const lines = [{ ...line, body, files: ['_draft_.pdf'] }];
	const { html, text } = transcriptMail({ ...site, language: 'en', lines });
	expect(html).toContain(
		'The <strong>small</strong> one<br />is <code>A1</code> &amp; &lt;b&gt;ready&lt;/b&gt;<br />'
	);
	expect(html).toContain('_draft_.pdf');
	expect(text).toContain(body);
});

describe.each(mails)('$name', ({ language, mail }) => {
	it('shows what people wrote as text, and loads nothing', () => {
		expect(mail.html).not.toMatch(/<(img|script|link|iframe|style|svg)/i);
		expect(mail.html).not.toMatch(/onerror="/);
		expect(mail.html).toContain('&lt;img src=x');
		expect(mail.text).toContain(evil);
		expect(mail.html).not.toMatch(/\b(undefined|null|NaN|\[object)/);
		expect(mail.text).not.toMatch(/\b(undefined|null|NaN|\[object)/);
	});

	it('is well-formed and in one language', () => {
		const open = [...mail.html.matchAll(/<(p|div|a|strong|html|head|body|title)\b/g)].length;
		expect([...mail.html.matchAll(/<\/(p|div|a|strong|html|head|body|title)>/g)]).toHaveLength(
			open
		);
		expect(mail.html).toContain(`<html lang="${language}">`);
		expect(/[а-яіїє]/i.test(mail.text.replace(evil, ''))).toBe(language === 'uk');
		expect(mail.subject).not.toBe('');
	});
});

it('times are told in the zone and language of the reader', () => {
	expect(all('en')['transcript']?.text).toContain('Nov 22, 2026, 12:30');
	expect(all('uk')['transcript']?.text).toMatch(/22 лист.* 2026.*00:30/);
	const lost = transcriptMail({ ...site, language: 'en', time_zone: 'Mars/Olympus' });
	expect(lost.text).toMatch(/10:30\sPM UTC/);
});

it('messages keep their lines and name their files', () => {
	const { html, text } = all('en')['transcript'] ?? { html: '', text: '' };
	expect(html).toContain('<br />second line<br />[File: invoice &lt;1&gt;.pdf]');
	expect(text).toContain('second line\n[File: invoice <1>.pdf]');
});

it('links lead where they should', () => {
	const mail = all('en');
	expect(mail['invitation']?.html).toContain('href="https://console.test/invitation/inv_a%2Fb"');
	expect(mail['missed chat']?.html).toContain('href="https://console.test/inbox/c-1"');
	expect(mail['offline reply']?.html).toContain('href="https://shop.test/a?b=1&amp;c=%222%22"');
	expect(mail['offline reply']?.text).toContain('https://console.test/unsubscribe/t');
	for (const bad of ['javascript:alert(1)', 'data:text/html,x', '//shop.test', '', null])
		expect(webLink(bad)).toBeNull();
	const nowhere = offlineReplyMail({
		...{ ...site, language: 'en', ...tokens },
		page_url: 'javascript:alert(1)'
	});
	expect(nowhere.html).not.toContain('<a ');
	expect(unsubscribeLinks({ functions_url: 'https://x.test/f', unsubscribe_token: 'a b' })).toEqual(
		{
			oneClick: 'https://x.test/f/unsubscribe?token=a%20b'
		}
	);
});
