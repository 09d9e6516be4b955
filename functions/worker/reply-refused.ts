import type { ReplyRefusedMail } from '@chatiq/contracts/mails';
import { replyRefusedMail } from '@chatiq/mails/reply-refused';
import * as z from 'zod/mini';
import { refusal } from '../_shared/database.ts';
import { kind } from './kind.ts';

/** Somebody answered by e-mail, and it became no message. */
export const replyRefusedKind = kind(
	z.object({
		conversation_id: z.uuid(),
		user_id: z.nullable(z.uuid()),
		reason: z.enum(['wrong_sender', 'expired', 'empty'])
	}),
	async ({ conversation_id, user_id, reason }, { client, mailer, jobId }) => {
		// The generated types do not know that an argument may be null.
		const asked = { conversation_id, user_id: user_id as string, reason };
		const { data, error } = await client.rpc('reply_refused_mail', asked);
		if (error) throw refusal(error);
		if (!data) return;
		const facts = data as unknown as ReplyRefusedMail;
		await mailer.send({ to: facts.to, key: jobId, ...replyRefusedMail(facts) });
	}
);
