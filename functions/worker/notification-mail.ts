import type { NotificationMail } from '@chatiq/contracts/mails';
import * as z from 'zod/mini';
import { refusal } from '../_shared/database.ts';
import { kind } from './kind.ts';
import { notificationMail } from '@chatiq/mails/notification';
import { unsubscribeLinks } from '@chatiq/mails/unsubscribe-links';

/** A mention or an assignment that nobody has looked at after the recipient's own minutes. */
export const notificationMailKind = kind(
	z.object({ notification_id: z.uuid() }),
	async (payload, { client, mailer, jobId }) => {
		const { data, error } = await client.rpc('notification_mail', payload);
		if (error) throw refusal(error);
		// Seen or unwanted meanwhile.
		if (!data) return;
		const facts = data as unknown as NotificationMail;
		const links = unsubscribeLinks(facts);
		await mailer.send({
			to: facts.to,
			key: jobId,
			unsubscribeUrl: links.oneClick,
			...notificationMail(facts, { unsubscribePage: links.page })
		});
		const { error: unnoted } = await client.rpc('notification_mailed', payload);
		if (unnoted) throw refusal(unnoted);
	}
);
