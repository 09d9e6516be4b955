import { autoReplyKind } from './auto-reply.ts';
import { deliverWebhooksKind } from './deliver-webhooks.ts';
import { eraseOrganizationKind } from './erase-organization.ts';
import { exportKind } from './export.ts';
import type { Kind } from './kind.ts';
import { digestKind, weeklyReportKind } from './mail-reports.ts';
import { missedChatKind, missedChatMailKind } from './missed-chat.ts';
import { notificationMailKind } from './notification-mail.ts';
import { offlineReplyKind } from './offline-reply.ts';
import { publishSiteKind } from './publish-site.ts';
import { pushKind } from './push.ts';
import { refreshStatsKind } from './refresh-stats.ts';
import { replyRefusedKind } from './reply-refused.ts';
import { sendInvitationKind } from './send-invitation.ts';
import { sendSnippetKind } from './send-snippet.ts';
import { sendTranscriptKind } from './send-transcript.ts';

// Set by the local stack, where whoever develops an integration listens on this machine.
const allowLoopback = Deno.env.get('WEBHOOKS_ALLOW_LOOPBACK') === 'true';

/** Every kind of job that `private.jobs` may hold. */
export const registry: Readonly<Record<string, Kind>> = {
	deliver_webhooks: deliverWebhooksKind({ allowLoopback }),
	auto_reply: autoReplyKind,
	publish_site: publishSiteKind,
	refresh_stats: refreshStatsKind,
	erase_organization: eraseOrganizationKind,
	export: exportKind,
	send_invitation: sendInvitationKind,
	send_transcript: sendTranscriptKind,
	send_snippet: sendSnippetKind,
	offline_reply: offlineReplyKind,
	missed_chat: missedChatKind,
	missed_chat_mail: missedChatMailKind,
	notification_mail: notificationMailKind,
	reply_refused: replyRefusedKind,
	digest: digestKind,
	weekly_report: weeklyReportKind,
	push: pushKind
};
