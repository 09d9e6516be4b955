import type { MissedChatMail } from '@chatiq/contracts/mails';
import * as z from 'zod/mini';
import { refusal } from '../_shared/database.ts';
import { kind } from './kind.ts';
import { missedChatMail } from './mails/missed-chat.ts';
import { unsubscribeLinks } from './mails/unsubscribe-links.ts';

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
		await mailer.send({
			to: facts.to,
			key: jobId,
			unsubscribeUrl: links.oneClick,
			...missedChatMail(facts, links.page)
		});
		const { error: unnoted } = await client.rpc('missed_chat_mailed', payload);
		if (unnoted) throw refusal(unnoted);
	}
);
