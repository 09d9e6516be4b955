import { withoutMarks } from '@chatiq/contracts/light-marks';
import type { Notification, PushedNotification } from '@chatiq/contracts/notifications';
import { m } from '@chatiq/i18n/console';

const titles: Record<Notification['kind'], (of: Notification) => string> = {
	new_conversation: (of) => m.attention_title_waits({ visitor: visitorOf(of) }),
	new_message: (of) => m.attention_title_message({ visitor: visitorOf(of) }),
	mention: (of) => m.attention_title_mention({ by: actorOf(of) }),
	assigned: (of) =>
		of.actor_name === null
			? m.attention_title_assigned_by_rule({ visitor: visitorOf(of) })
			: m.attention_title_assigned({ by: actorOf(of), visitor: visitorOf(of) }),
	missed_chat: (of) => m.attention_title_missed({ visitor: visitorOf(of) }),
	reply_due: (of) => m.attention_title_due({ visitor: visitorOf(of) }),
	rating: (of) => m.attention_title_rating({ visitor: visitorOf(of) }),
	rule: (of) =>
		of.rule_name === null
			? m.attention_title_rule({ visitor: visitorOf(of) })
			: m.attention_title_rule_named({ rule: of.rule_name, visitor: visitorOf(of) }),
	member_joined: (of) => m.attention_title_member({ by: actorOf(of) }),
	webhook_failing: () => m.attention_title_webhook(),
	export_ready: () => m.attention_title_export(),
	weekly_report: () => m.attention_title_report()
};

const visitorOf = ({ visitor_name, person_id }: Notification) =>
	visitor_name ??
	(person_id === null
		? m.attention_visitor()
		: m.visitor_anonymous({ code: person_id.slice(-4).toUpperCase() }));
const actorOf = ({ actor_name }: Notification) => actor_name ?? m.attention_colleague();

export const notificationTitle = (notification: Notification): string =>
	titles[notification.kind](notification);

/** Where a click on it leads. */
export const notificationPath = ({ conversation_id }: Notification): string =>
	conversation_id === null ? '/notifications' : `/inbox/${conversation_id}`;

export function notificationText(notification: Notification): PushedNotification {
	return {
		title: notificationTitle(notification),
		body: withoutMarks(notification.preview ?? ''),
		tag: notification.id,
		path: notificationPath(notification)
	};
}
