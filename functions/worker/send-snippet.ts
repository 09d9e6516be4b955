import type { SnippetLetter } from '@chatiq/contracts/mails';
import * as z from 'zod/mini';
import { refusal } from '../_shared/database.ts';
import { kind } from './kind.ts';
import { snippetMail } from '@chatiq/mails/snippet';

/** An admin sends the widget's code to whoever builds the pages. */
export const sendSnippetKind = kind(
	z.object({ mail_id: z.uuid() }),
	async (payload, { client, mailer, jobId }) => {
		const { data, error } = await client.rpc('snippet_mail', payload);
		if (error) throw refusal(error);
		// It has left already, or the site is archived.
		if (!data) return;
		const facts = data as unknown as SnippetLetter;
		await mailer.send({ to: facts.to, key: jobId, ...snippetMail(facts) });
		const { error: unnoted } = await client.rpc('snippet_mailed', payload);
		if (unnoted) throw refusal(unnoted);
	}
);
