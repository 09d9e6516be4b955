import { expect, it } from 'vitest';
import { campaignOf, isOpen, visitOf, type VisitorPage } from './visit.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 21, 10, minute)).toISOString();

const page = (url: string, opened: number, seen = opened, left = false): VisitorPage => ({
	id: `${url} ${opened}`,
	url: `https://kavka.test/${url}`,
	title: url,
	opened_at: at(opened),
	seen_at: at(seen),
	left_at: left ? at(seen) : null
});

const names = (pages: VisitorPage[]) => pages.map(({ title }) => title);

it('shows the pages of the last visit, the newest first', () => {
	const pages = [page('menu', 40), page('yesterday', 0, 5, true), page('cart', 45)];
	expect(names(visitOf(pages))).toEqual(['cart', 'menu']);
});

it('takes a long look at one page for one visit', () => {
	expect(names(visitOf([page('menu', 0, 50), page('cart', 55)]))).toEqual(['cart', 'menu']);
});

it('shows a page that was loaded again once, since its first time', () => {
	const [menu, ...others] = visitOf([page('menu', 1, 2, true), page('menu', 3), page('home', 0)]);
	expect(menu).toMatchObject({ title: 'menu', opened_at: at(1), left_at: null });
	expect(names(others)).toEqual(['home']);
});

it('knows no page of nobody', () => expect(visitOf([])).toEqual([]));

it('says that a page is open until it was left or nothing more is heard of it', () => {
	expect(isOpen(page('menu', 0, 4), Date.parse(at(6)))).toBe(true);
	expect(isOpen(page('menu', 0, 4), Date.parse(at(8)))).toBe(false);
	expect(isOpen(page('menu', 0, 4, true), Date.parse(at(4)))).toBe(false);
});

it('reads what a campaign is called', () => {
	expect(campaignOf('https://kavka.test/?utm_source=news%20letter&utm_term=oat+milk')).toEqual({
		...{ source: 'news letter', medium: null, campaign: null },
		rest: ['oat milk']
	});
	expect(campaignOf('https://kavka.test/?ref=1')).toBeNull();
	expect(campaignOf('nowhere')).toBeNull();
	expect(campaignOf(null)).toBeNull();
});
