import type { MissedChatMail } from '@chatiq/contracts/mails';
import * as z from 'zod/mini';
import { refusal } from '../_shared/database.ts';
import { kind } from './kind.ts';
import { missedChatMail } from '@chatiq/mails/missed-chat';
import { unsubscribeLinks } from '@chatiq/mails/unsubscribe-links';

// As Postgres wrote it: a Date would cut the microseconds off, and the wait would not be found again.
const Since = z.string().check(z.minLength(10), z.maxLength(40));

/** A visitor waited too long: each operator gets a notification, and a job of their own for the mail. */
export const missedChatKind = kind(
	z.object({ conversation_id: z.uuid(), since: Since, patient: z.boolean() }),
	async (payload, { client }) => {
		const { error } = await client.rpc('miss_chat', payload);
		if (error) throw refusal(error);
	}
);

export const missedChatMailKind = kind(
	z.object({ conversation_id: z.uuid(), since: Since, user_id: z.uuid() }),
	async (payload, { client, mailer, jobId }) => {
		const { data, error } = await client.rpc('missed_chat_mail', payload);
		if (error) throw refusal(error);
		// Answered or unwanted meanwhile.
		if (!data) return;
		const facts = data as unknown as MissedChatMail;
		const links = unsubscribeLinks(facts);
		const replyTo = mailer.replyAddress(facts.reply_token);
		await mailer.send({
			to: facts.to,
			key: jobId,
			replyTo,
			unsubscribeUrl: links.oneClick,
			...missedChatMail(facts, { unsubscribePage: links.page, answerable: replyTo !== undefined })
		});
		const { error: unnoted } = await client.rpc('missed_chat_mailed', payload);
		if (unnoted) throw refusal(unnoted);
	}
);
