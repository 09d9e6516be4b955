import { createContext } from 'svelte';
import type { Tables } from '@chatiq/contracts/database';
import { siteFilePath, siteFilesBucket, type PublicSite } from '@chatiq/contracts/site';
import { Publication } from './publication.svelte.ts';

/** What the tabs of one site share. */
export class SiteScreen {
	readonly site: Tables<'sites'>;
	/** Whether the operator may change anything; the database says so as well. */
	readonly admin: boolean;
	readonly publication: Publication;

	constructor(site: Tables<'sites'>, admin: boolean, apiUrl: string) {
		this.site = site;
		this.admin = admin;
		this.publication = new Publication(() => readPublished(apiUrl, site.site_key));
	}
}

/** When the settings were made that a new visitor gets now. */
async function readPublished(apiUrl: string, siteKey: string): Promise<string | null> {
	const response = await fetch(
		`${apiUrl}/storage/v1/object/public/${siteFilesBucket}/${siteFilePath(siteKey)}`,
		{ cache: 'no-cache' }
	);
	return response.ok ? ((await response.json()) as PublicSite).updated_at : null;
}

export const [getSiteScreen, setSiteScreen] = createContext<SiteScreen>();
