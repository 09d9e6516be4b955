import { AppError } from '@chatiq/contracts/errors';
import { type PublicSite, siteFilePath, siteFilesBucket } from '@chatiq/contracts/site';
import * as z from 'zod/mini';
import { refusal, type ServiceClient } from '../_shared/database.ts';
import { kind } from './kind.ts';

/** Seconds a CDN or browser may keep the file before it asks again. */
const cacheSeconds = '60';
const maxRounds = 5;

interface SiteToPublish {
	site: PublicSite | null;
	site_key: string;
	/** Keys that were replaced and still open the site. */
	overlapping_keys: string[];
	ended_keys: string[];
}

export const publishSiteKind = kind(z.object({ site_id: z.uuid() }), ({ site_id }, { client }) =>
	publishSite(site_id, client)
);

/**
 * Writes the public settings file under every key that opens the site, and removes it from the other keys, from all
 * of them when the site is archived.
 * Two runs at once may write in the wrong order or get in each other's way, so each goes on until it finds
 * published what the database says.
 */
async function publishSite(site_id: string, client: ServiceClient): Promise<void> {
	let published: string | undefined;
	let failure: Error | null = null;
	for (let round = 0; round < maxRounds; round++) {
		const found = await siteToPublish(site_id, client);
		// Erased meanwhile: its files went with it.
		if (!found) return;
		const content = JSON.stringify(found);
		if (content === published) return;
		failure = await publish(found, client);
		if (!failure) published = content;
	}
	throw new AppError('internal', 'The settings file could not be published.', { cause: failure });
}

async function publish(found: SiteToPublish, client: ServiceClient): Promise<Error | null> {
	const keys = [found.site_key, ...found.overlapping_keys];
	const stale = found.site ? found.ended_keys : [...keys, ...found.ended_keys];
	const results = await Promise.all([
		...(found.site ? keys.map((key) => write(key, JSON.stringify(found.site), client)) : []),
		...(stale.length > 0
			? [client.storage.from(siteFilesBucket).remove(stale.map(siteFilePath))]
			: [])
	]);
	return results.find((result) => result.error)?.error ?? null;
}

async function siteToPublish(siteId: string, client: ServiceClient) {
	const { data, error } = await client.rpc('site_to_publish', { site_id: siteId });
	if (error) throw refusal(error);
	return data as unknown as SiteToPublish | null;
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
