import type { MissedChatMail } from '@chatiq/contracts/mails';
import { filled } from '@chatiq/i18n/fill';
import { letter, type Letter, type LetterOptions } from './layout.ts';
import { textsOf } from './texts.ts';
import { thread, timeOf } from './thread.ts';

export function missedChatMail(
	facts: MissedChatMail,
	{ unsubscribePage, answerable = false }: LetterOptions = {}
): Letter {
	const texts = textsOf(facts.language);
	const { missedChat } = texts;
	const named = { site: facts.site_name, visitor: facts.visitor_name ?? missedChat.someone };
	return letter({
		language: facts.language,
		fromName: facts.site_name,
		subject: filled(missedChat.subject, named),
		replyLine: answerable ? texts.replyLine : undefined,
		intro: filled(missedChat.intro, { ...named, time: timeOf(facts.since, facts) }),
		body: thread({ ...facts, texts, team: facts.site_name }),
		button: facts.console_url
			? {
					label: missedChat.button,
					url: `${facts.console_url}/inbox/${facts.conversation_id}`
				}
			: undefined,
		reason: filled(missedChat.reason, named),
		unsubscribe: unsubscribePage
			? { label: missedChat.unsubscribe, url: unsubscribePage }
			: undefined
	});
}
