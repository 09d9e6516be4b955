/** The address without user, query and fragment, but for what names a campaign: as `app.clean_address` has it. */
export function pageAddress(href: string): string {
	const { origin, pathname, search } = new URL(href);
	const campaign = search
		.slice(1)
		.split('&')
		.filter((part) => /^utm_(source|medium|campaign|term|content)=./.test(part));
	return origin + pathname + (campaign.length > 0 ? `?${campaign.join('&')}` : '');
}
