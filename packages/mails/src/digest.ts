import type { DigestMail } from '@chatiq/contracts/mails';
import { filled } from '@chatiq/i18n/fill';
import { letter, type Letter, type LetterOptions } from './layout.ts';
import { markup, type Markup } from './markup.ts';
import { textsOf, type Texts } from './texts.ts';
import { timeOf } from './thread.ts';

type Waiting = NonNullable<DigestMail['waiting']>[number];

export function digestMail(facts: DigestMail, { unsubscribePage }: LetterOptions = {}): Letter {
	const { digest } = textsOf(facts.language);
	const { organization_name: organization, waiting_count, unseen_count } = facts;
	const waits = waiting_count > 0;
	return letter({
		language: facts.language,
		fromName: organization,
		subject: waits
			? filled(digest.subject, { organization, count: waiting_count })
			: filled(digest.subjectUnseen, { organization, count: unseen_count }),
		intro: filled(waits ? digest.intro : digest.introUnseen, { organization }),
		body: bodyOf(facts, textsOf(facts.language)),
		button: facts.console_url
			? { label: digest.button, url: `${facts.console_url}/inbox` }
			: undefined,
		reason: digest.reason,
		unsubscribe: unsubscribePage ? { label: digest.unsubscribe, url: unsubscribePage } : undefined
	});
}

function bodyOf(facts: DigestMail, texts: Texts): { text: string; html: Markup } {
	const { digest } = texts;
	const listed = facts.waiting ?? [];
	const left = facts.waiting_count - listed.length;
	const notes = [
		...(left > 0 ? [filled(digest.more, { count: left })] : []),
		...(facts.unseen_count > 0 ? [filled(digest.unseen, { count: facts.unseen_count })] : [])
	];
	const told = listed.map((one) => ({
		name: one.visitor_name ?? texts.missedChat.someone,
		where: filled(digest.since, { site: one.site_name, time: timeOf(one.since, facts) }),
		preview: one.preview,
		url: urlOf(one, facts)
	}));
	return {
		text: [
			...told.map(({ name, where, preview, url }) =>
				[`${name} (${where})`, preview, url].filter((line) => line).join('\n')
			),
			...notes
		].join('\n\n'),
		html: markup`${told.map(
			({ name, where, preview, url }) =>
				markup`<div style="margin:0 0 12px;padding:10px 14px;border:1px solid #8a8f9c66;border-radius:8px">
<p style="margin:0;font-size:13px;opacity:.75"><strong>${url ? markup`<a href="${url}" style="color:inherit">${name}</a>` : name}</strong> · ${where}</p>
<p style="margin:4px 0 0;overflow-wrap:anywhere">${preview}</p>
</div>
`
		)}${notes.map((note) => markup`<p style="margin:0 0 12px">${note}</p>`)}`
	};
}

const urlOf = ({ conversation_id }: Waiting, { console_url }: DigestMail) =>
	console_url ? `${console_url}/inbox/${conversation_id}` : '';
