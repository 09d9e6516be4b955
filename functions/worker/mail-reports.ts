import type { DigestMail, WeeklyReportMail } from '@chatiq/contracts/mails';
import { digestMail } from '@chatiq/mails/digest';
import { unsubscribeLinks } from '@chatiq/mails/unsubscribe-links';
import { weeklyReportMail } from '@chatiq/mails/weekly-report';
import * as z from 'zod/mini';
import { refusal } from '../_shared/database.ts';
import { kind } from './kind.ts';

const Payload = z.object({ organization_id: z.uuid(), user_id: z.uuid(), day: z.iso.date() });

/** Who waits for an operator in the morning. */
export const digestKind = kind(
	Payload,
	async ({ organization_id, user_id }, { client, mailer, jobId }) => {
		const { data, error } = await client.rpc('digest_mail', { organization_id, user_id });
		if (error) throw refusal(error);
		// Nobody waits, nothing is unseen, or it is not wanted any more.
		if (!data) return;
		const facts = data as unknown as DigestMail;
		const links = unsubscribeLinks(facts);
		await mailer.send({
			...{ to: facts.to, key: jobId, unsubscribeUrl: links.oneClick },
			...digestMail(facts, { unsubscribePage: links.page })
		});
	}
);

/** The numbers of the week for owners and admins. */
export const weeklyReportKind = kind(Payload, async (payload, { client, mailer, jobId }) => {
	const { data, error } = await client.rpc('weekly_report_mail', payload);
	if (error) throw refusal(error);
	if (!data) return;
	const facts = data as unknown as WeeklyReportMail;
	const links = unsubscribeLinks(facts);
	await mailer.send({
		...{ to: facts.to, key: jobId, unsubscribeUrl: links.oneClick },
		...weeklyReportMail(facts, { unsubscribePage: links.page })
	});
});
