import type { ReplyRefusedMail } from '@chatiq/contracts/mails';
import { filled } from '@chatiq/i18n/fill';
import { letter, type Letter } from './layout.ts';
import { webLink } from './markup.ts';
import { textsOf } from './texts.ts';

export function replyRefusedMail(facts: ReplyRefusedMail): Letter {
	const { replyRefused: texts, missedChat, offlineReply } = textsOf(facts.language);
	const { console_url, conversation_id } = facts;
	const named = { site: facts.site_name };
	const page = webLink(facts.page_url);
	return letter({
		language: facts.language,
		fromName: facts.site_name,
		subject: filled(texts.subject, named),
		intro: filled(texts[facts.reason], named),
		button:
			console_url && conversation_id
				? { label: missedChat.button, url: `${console_url}/inbox/${conversation_id}` }
				: page
					? { label: offlineReply.button, url: page }
					: undefined,
		reason: filled(texts.reason, named)
	});
}
