import type { NotificationMail } from '@chatiq/contracts/mails';
import { filled } from '@chatiq/i18n/fill';
import { letter, type Letter, type LetterOptions } from './layout.ts';
import { lines, markup } from './markup.ts';
import { textsOf } from './texts.ts';

export function notificationMail(
	facts: NotificationMail,
	{ unsubscribePage }: LetterOptions = {}
): Letter {
	const { notification: texts, missedChat } = textsOf(facts.language);
	const { kind, actor_name, visitor_name, preview, conversation_id } = facts.notification;
	const visitor = visitor_name ?? texts.anonymous;
	const site = facts.site_name;
	const assigned = actor_name
		? filled(texts.assigned, { by: actor_name, visitor })
		: filled(texts.assignedBySystem, { visitor });
	return letter({
		language: facts.language,
		fromName: site,
		subject:
			kind === 'mention'
				? filled(texts.mention, { by: actor_name ?? texts.colleague, site })
				: assigned,
		intro: texts.intro,
		...(preview
			? {
					body: {
						text: preview,
						html: markup`<p style="margin:0;padding:12px 16px;border-inline-start:3px solid #3257d6">${lines(preview)}</p>`
					}
				}
			: {}),
		button:
			facts.console_url && conversation_id
				? { label: texts.button, url: `${facts.console_url}/inbox/${conversation_id}` }
				: undefined,
		reason: filled(texts.reason, { site }),
		unsubscribe: unsubscribePage
			? { label: missedChat.unsubscribe, url: unsubscribePage }
			: undefined
	});
}
