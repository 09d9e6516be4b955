import { AppError } from '@chatiq/contracts/errors';
import type { PublishSite } from '@chatiq/contracts/session';
import { type PublicSite, siteFilePath, siteFilesBucket } from '@chatiq/contracts/site';
import { refusal, type ServiceClient } from '../_shared/database.ts';

/** Seconds a CDN or browser may keep the file before it asks again. */
const cacheSeconds = '60';
const maxRounds = 5;

/**
 * Writes the public settings file of a site, or removes it when the site is archived.
 * Two runs at once may write in the wrong order or get in each other's way, so each goes on until it finds
 * published what the database says.
 */
export async function publishSite({ site_id }: PublishSite, client: ServiceClient) {
	let published: string | undefined;
	let failure: Error | null = null;
	for (let round = 0; round < maxRounds; round++) {
		const { site_key, site } = await siteToPublish(site_id, client);
		const content = JSON.stringify(site);
		if (content === published) return { published: site !== null };
		({ error: failure } = await (site
			? write(site_key, content, client)
			: client.storage.from(siteFilesBucket).remove([siteFilePath(site_key)])));
		if (!failure) published = content;
	}
	throw new AppError('internal', 'The settings file could not be published.', { cause: failure });
}

async function siteToPublish(siteId: string, client: ServiceClient) {
	const { data, error } = await client.rpc('site_to_publish', { site_id: siteId });
	if (error) throw refusal(error);
	if (!data) throw new AppError('site_not_found');
	return data as unknown as { site_key: string; site: PublicSite | null };
}

function write(siteKey: string, content: string, client: ServiceClient) {
	return client.storage
		.from(siteFilesBucket)
		.upload(siteFilePath(siteKey), new Blob([content], { type: 'application/json' }), {
			contentType: 'application/json',
			cacheControl: cacheSeconds,
			upsert: true
		});
}
