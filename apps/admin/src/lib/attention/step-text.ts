import type { NotificationStep } from '@chatiq/contracts/notifications';
import { m } from '@chatiq/i18n/console';

const texts: Record<NotificationStep['step'], (step: NotificationStep) => string> = {
	quiet: () => m.attention_step_quiet(),
	arrived: () => m.attention_step_arrived(),
	visible: () => m.attention_step_visible(),
	rang: () => m.attention_step_rang(),
	muted: () => m.attention_step_muted(),
	shown: () => m.attention_step_shown(),
	blocked: () => m.attention_step_blocked(),
	pushed: () => m.attention_step_pushed(),
	push_failed: ({ detail }) => m.attention_step_push_failed({ detail }),
	mailed: () => m.attention_step_mailed(),
	answered: ({ detail }) =>
		detail === '' ? m.attention_step_answered() : m.attention_step_answered_by({ by: detail }),
	seen: () => m.attention_step_seen()
};

/** What became of a notification, in the words of whoever asks why they heard nothing. */
export const stepText = (step: NotificationStep): string => texts[step.step](step);
