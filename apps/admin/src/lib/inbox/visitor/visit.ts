import type { Tables } from '@chatiq/contracts/database';

export type VisitorPage = Pick<
	Tables<'visitor_pages'>,
	'id' | 'url' | 'title' | 'opened_at' | 'seen_at' | 'left_at'
>;

/** Longer away, and it is another visit. */
const restMs = 30 * 60_000;
/** The widget says every two minutes that a page is still there. */
const heartbeatMs = 3 * 60_000;

/** The pages of the last visit, the newest first; one that was looked at twice in a row is one. */
export function visitOf(pages: readonly VisitorPage[]): VisitorPage[] {
	const newest = pages.toSorted((a, b) => Date.parse(b.opened_at) - Date.parse(a.opened_at));
	const visit: VisitorPage[] = [];
	for (const page of newest) {
		const later = visit.at(-1);
		if (later && Date.parse(later.opened_at) - Date.parse(page.seen_at) > restMs) break;
		if (later?.url === page.url) visit.pop();
		visit.push(later?.url === page.url ? { ...later, opened_at: page.opened_at } : page);
	}
	return visit;
}

/** Whether the visitor has the page open, as far as the widget has said. */
export const isOpen = ({ left_at, seen_at }: VisitorPage, now: number): boolean =>
	left_at === null && now - Date.parse(seen_at) < heartbeatMs;

export interface Campaign {
	source: string | null;
	medium: string | null;
	campaign: string | null;
	rest: string[];
}

/** What an address says of the campaign that led there; null when it names none. */
export function campaignOf(url: string | null): Campaign | null {
	if (url === null || !URL.canParse(url)) return null;
	const { searchParams } = new URL(url);
	const part = (name: string) => searchParams.get(`utm_${name}`);
	const rest = ['term', 'content'].map(part).filter((text) => text !== null);
	const [source, medium, campaign] = [part('source'), part('medium'), part('campaign')];
	return source || medium || campaign || rest.length > 0
		? { source, medium, campaign, rest }
		: null;
}
