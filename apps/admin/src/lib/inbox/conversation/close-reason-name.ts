import { m } from '@chatiq/i18n/console';
import type { CloseReason } from '@chatiq/contracts/conversation';

const names: Record<CloseReason, () => string> = {
	resolved: m.close_reason_resolved,
	no_reply: m.close_reason_no_reply,
	spam: m.close_reason_spam,
	duplicate: m.close_reason_duplicate,
	other: m.close_reason_other
};

export const closeReasonName = (reason: CloseReason): string => names[reason]();
