import type { OfflineReplyMail } from '@chatiq/contracts/mails';
import { filled } from '@chatiq/i18n/fill';
import { webLink } from './markup.ts';
import { letter, type Letter, type LetterOptions } from './layout.ts';
import { textsOf } from './texts.ts';
import { thread } from './thread.ts';

export function offlineReplyMail(
	facts: OfflineReplyMail,
	{ unsubscribePage, answerable = false }: LetterOptions = {}
): Letter {
	const texts = textsOf(facts.language);
	const { offlineReply } = texts;
	const named = { site: facts.site_name };
	const page = webLink(facts.page_url);
	return letter({
		language: facts.language,
		fromName: facts.site_name,
		subject: filled(offlineReply.subject, named),
		replyLine: answerable ? texts.replyLine : undefined,
		intro: filled(offlineReply.intro, named),
		body: thread({ ...facts, texts, team: facts.site_name }),
		button: page ? { label: offlineReply.button, url: page } : undefined,
		reason: filled(offlineReply.reason, named),
		unsubscribe: unsubscribePage
			? { label: offlineReply.unsubscribe, url: unsubscribePage }
			: undefined
	});
}
