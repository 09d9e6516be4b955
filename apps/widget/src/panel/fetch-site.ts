import { siteFilePath, siteFilesBucket, type PublicSite } from '@chatiq/contracts/site';
import type { WidgetConfig } from '../panel-api.ts';

/** The settings file as it is now; null when it cannot be had. */
export async function fetchSite({ apiUrl, siteKey }: WidgetConfig): Promise<PublicSite | null> {
	const file = `${apiUrl}/storage/v1/object/public/${siteFilesBucket}/${siteFilePath(siteKey)}`;
	try {
		const response = await fetch(file, { cache: 'no-cache', credentials: 'omit' });
		return response.ok ? ((await response.json()) as PublicSite) : null;
	} catch {
		return null;
	}
}
