import type { TranscriptMail } from '@chatiq/contracts/mails';
import * as z from 'zod/mini';
import { refusal } from '../_shared/database.ts';
import { kind } from './kind.ts';
import { transcriptMail } from '@chatiq/mails/transcript';

/** The visitor asked for it, with an address of their choice. */
export const sendTranscriptKind = kind(
	z.object({
		conversation_id: z.uuid(),
		email: z.string().check(z.minLength(3), z.maxLength(254)),
		language: z.optional(z.nullable(z.string()))
	}),
	async ({ conversation_id, email, language }, { client, mailer, jobId }) => {
		const { data, error } = await client.rpc('transcript_mail', {
			conversation_id,
			language: language ?? ''
		});
		if (error) throw refusal(error);
		// Erased meanwhile.
		if (!data) return;
		const facts = data as unknown as TranscriptMail;
		await mailer.send({ to: email, key: jobId, ...transcriptMail(facts) });
	}
);
