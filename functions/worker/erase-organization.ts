import { siteFilePath, siteFilesBucket } from '@chatiq/contracts/site';
import * as z from 'zod/mini';
import { refusal } from '../_shared/database.ts';
import { JobPaused } from './job-failure.ts';
import { kind } from './kind.ts';

/** Takes away a deleted organisation: its public files, then its rows part by part. Uploads are queued as they go. */
export const eraseOrganizationKind = kind(
	z.object({ organization_id: z.uuid() }),
	async ({ organization_id }, { client, signal }) => {
		const { data: keys, error } = await client.rpc('keys_to_unpublish', { organization_id });
		if (error) throw refusal(error);
		if (keys.length > 0) {
			const removal = await client.storage.from(siteFilesBucket).remove(keys.map(siteFilePath));
			if (removal.error) throw removal.error;
		}
		const logos = await client.rpc('logos_to_remove', { organization_id });
		if (logos.error) throw refusal(logos.error);
		if (logos.data.length > 0) {
			const removal = await client.storage.from('logos').remove(logos.data);
			if (removal.error) throw removal.error;
		}
		for (;;) {
			if (signal.aborted) throw new JobPaused();
			const part = await client.rpc('erase_organization_part', { organization_id });
			if (part.error) throw refusal(part.error);
			if (!part.data) return;
		}
	}
);
