import type { InvitationMail } from '@chatiq/contracts/mails';
import * as z from 'zod/mini';
import { refusal } from '../_shared/database.ts';
import { kind } from './kind.ts';
import { invitationMail } from '@chatiq/mails/invitation';

export const sendInvitationKind = kind(
	z.object({ invitation_id: z.uuid() }),
	async ({ invitation_id }, { client, mailer, jobId }) => {
		const { data, error } = await client.rpc('invitation_mail', { invitation_id });
		if (error) throw refusal(error);
		// Accepted, revoked or expired meanwhile.
		if (!data) return;
		const facts = data as unknown as InvitationMail;
		await mailer.send({ to: facts.to, key: jobId, ...invitationMail(facts) });
	}
);
