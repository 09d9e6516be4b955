import { refusal, type ServiceClient } from '../_shared/database.ts';
import { AddressRefused, JobFailure } from './job-failure.ts';
import type { Mailer } from './mailer.ts';

/** Sends nothing to addresses whose mail came back, and remembers those that are refused at once. */
export function guardedMailer(mailer: Mailer, client: ServiceClient, jobId: string): Mailer {
	return {
		replyAddress: (token) => mailer.replyAddress(token),
		async send(mail) {
			const { data: may, error } = await client.rpc('may_mail', { job_id: jobId, email: mail.to });
			if (error) throw refusal(error);
			if (!may) {
				throw new JobFailure('Mail to this address came back before: Settings, E-mail.', {
					final: true
				});
			}
			await mailer.send(mail).catch(async (failure: unknown) => {
				if (failure instanceof AddressRefused) await note(mail.to, failure);
				throw failure;
			});
		}
	};

	async function note(email: string, { message }: AddressRefused): Promise<void> {
		const facts = { job_id: jobId, email, kind: 'bounce' as const, reason: message };
		const { error } = await client.rpc('note_bounce', facts);
		if (error) throw refusal(error);
	}
}
