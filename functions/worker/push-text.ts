import { withoutMarks } from '@chatiq/contracts/light-marks';
import type { PushedNotification, PushMessage } from '@chatiq/contracts/notifications';
import { filled } from '@chatiq/i18n/fill';
import { textsOf } from '@chatiq/mails/texts';

/** What a push says, in the language of the browser that gets it. */
export function pushText({ language, notification }: PushMessage): PushedNotification {
	const { push, notification: texts, missedChat } = textsOf(language);
	if (!notification)
		return { title: push.test, body: push.testBody, tag: 'test', path: '/settings/notifications' };
	const visitor = notification.visitor_name ?? missedChat.someone;
	const by = notification.actor_name;
	const titles: Partial<Record<typeof notification.kind, string>> = {
		new_conversation: filled(push.waits, { visitor }),
		new_message: visitor,
		missed_chat: filled(push.missed, { visitor }),
		reply_due: filled(push.missed, { visitor }),
		mention: filled(push.mention, { by: by ?? texts.colleague }),
		assigned: by
			? filled(texts.assigned, { by, visitor })
			: filled(texts.assignedBySystem, { visitor })
	};
	return {
		title: titles[notification.kind] ?? push.other,
		body: withoutMarks(notification.preview ?? ''),
		tag: notification.id,
		path: notification.conversation_id ? `/inbox/${notification.conversation_id}` : '/inbox'
	};
}
