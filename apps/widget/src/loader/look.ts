import type { PublicSite } from '@chatiq/contracts/site';
import type { WidgetConfig } from '../panel-api.ts';

export interface Look {
	color: string;
	secondaryColor: string;
	position: string;
	size: string;
	theme: string;
}

const productColor = '#2563eb';

/** What the page says goes before what the site's settings say; before they are known, the product's own. */
export function lookOf(config: WidgetConfig, site: PublicSite | null): Look {
	const settings = site?.settings;
	const color = config.color ?? settings?.primary_color ?? productColor;
	return {
		color,
		secondaryColor: config.color ?? settings?.secondary_color ?? color,
		position: config.position ?? settings?.position ?? 'right',
		size: config.size ?? settings?.size ?? 'standard',
		theme: config.theme ?? settings?.theme ?? 'auto'
	};
}
