import { m } from '@chatiq/i18n/console';
import type { ConversationPriority } from '@chatiq/contracts/conversation';

const names: Record<ConversationPriority, () => string> = {
	low: m.priority_low,
	normal: m.priority_normal,
	high: m.priority_high,
	urgent: m.priority_urgent
};

export const priorityName = (priority: ConversationPriority): string => names[priority]();
