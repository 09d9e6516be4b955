import type { OfflineReplyMail } from '@chatiq/contracts/mails';
import * as z from 'zod/mini';
import { refusal } from '../_shared/database.ts';
import { kind } from './kind.ts';
import { offlineReplyMail } from '@chatiq/mails/offline-reply';
import { unsubscribeLinks } from '@chatiq/mails/unsubscribe-links';

/** Answers that the visitor has not read. A try after a crash may send them twice, under the same Message-ID. */
export const offlineReplyKind = kind(
	z.object({ conversation_id: z.uuid() }),
	async ({ conversation_id }, { client, mailer, jobId }) => {
		const { data, error } = await client.rpc('offline_reply_mail', { conversation_id });
		if (error) throw refusal(error);
		// Read, redacted or unwanted meanwhile.
		if (!data) return;
		const facts = data as unknown as OfflineReplyMail;
		const links = unsubscribeLinks(facts);
		const replyTo = mailer.replyAddress(facts.reply_token);
		await mailer.send({
			to: facts.to,
			key: jobId,
			replyTo,
			unsubscribeUrl: links.oneClick,
			...offlineReplyMail(facts, { unsubscribePage: links.page, answerable: replyTo !== undefined })
		});
		const seq = Math.max(...facts.lines.map((line) => line.seq));
		const sent = await client.rpc('offline_reply_sent', { conversation_id, seq });
		if (sent.error) throw refusal(sent.error);
	}
);
