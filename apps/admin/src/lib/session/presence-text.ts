import type { OwnPresence } from '@chatiq/contracts/automation';
import { m } from '@chatiq/i18n/console';

export const presenceText: Record<OwnPresence['presence'], () => string> = {
	online: m.presence_online,
	busy: m.presence_busy,
	away: m.presence_away,
	offline: m.presence_offline
};
