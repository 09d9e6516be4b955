import type { JobState } from '@chatiq/contracts/jobs';
import { m } from '@chatiq/i18n/console';

/** What the page lists, in the order in which somebody should look. */
export const listedStates = ['dead', 'failed', 'running', 'waiting', 'done'] as const;
export type ListedState = (typeof listedStates)[number];

export const stateText: Record<JobState, () => string> = {
	waiting: m.jobs_state_waiting,
	running: m.jobs_state_running,
	failed: m.jobs_state_failed,
	dead: m.jobs_state_dead,
	done: m.jobs_state_done,
	discarded: m.jobs_state_discarded
};

export const emptyText: Record<ListedState, { title: () => string; text: () => string }> = {
	waiting: { title: m.jobs_empty_waiting_title, text: m.jobs_empty_waiting_text },
	running: { title: m.jobs_empty_running_title, text: m.jobs_empty_running_text },
	failed: { title: m.jobs_empty_failed_title, text: m.jobs_empty_failed_text },
	dead: { title: m.jobs_empty_dead_title, text: m.jobs_empty_dead_text },
	done: { title: m.jobs_empty_done_title, text: m.jobs_empty_done_text }
};

const kindTexts: Record<string, () => string> = {
	publish_site: m.job_kind_publish_site,
	refresh_stats: m.job_kind_refresh_stats,
	erase_organization: m.job_kind_erase_organization,
	export: m.job_kind_export,
	send_invitation: m.job_kind_send_invitation,
	send_transcript: m.job_kind_send_transcript,
	send_snippet: m.job_kind_send_snippet,
	offline_reply: m.job_kind_offline_reply,
	missed_chat: m.job_kind_missed_chat,
	missed_chat_mail: m.job_kind_missed_chat_mail,
	notification_mail: m.attention_job_mail,
	reply_refused: m.mail_job_reply_refused,
	digest: m.mail_job_digest,
	weekly_report: m.mail_job_weekly_report,
	push: m.attention_job_push,
	auto_reply: m.job_kind_auto_reply,
	deliver_webhooks: m.job_kind_deliver_webhooks
};

/** A kind without a text is newer than this page. */
export const kindText = (kind: string): string => kindTexts[kind]?.() ?? kind;
