import { autoReplyKind } from './auto-reply.ts';
import { eraseOrganizationKind } from './erase-organization.ts';
import { exportKind } from './export.ts';
import type { Kind } from './kind.ts';
import { missedChatKind, missedChatMailKind } from './missed-chat.ts';
import { offlineReplyKind } from './offline-reply.ts';
import { publishSiteKind } from './publish-site.ts';
import { refreshStatsKind } from './refresh-stats.ts';
import { sendInvitationKind } from './send-invitation.ts';
import { sendTranscriptKind } from './send-transcript.ts';

/** Every kind of job that `private.jobs` may hold. */
export const registry: Readonly<Record<string, Kind>> = {
	auto_reply: autoReplyKind,
	publish_site: publishSiteKind,
	refresh_stats: refreshStatsKind,
	erase_organization: eraseOrganizationKind,
	export: exportKind,
	send_invitation: sendInvitationKind,
	send_transcript: sendTranscriptKind,
	offline_reply: offlineReplyKind,
	missed_chat: missedChatKind,
	missed_chat_mail: missedChatMailKind
};
