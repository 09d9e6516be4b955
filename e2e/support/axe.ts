import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

interface Look {
	/** `practice`: beyond WCAG, what is good practice too. `colors`: the same page, in other colours. */
	rules?: 'wcag' | 'practice' | 'colors';
	/** What is another page's proof. */
	except?: string;
}

/** What axe finds wrong on the page as it stands, in words. */
export async function violations(page: Page, look: Look = {}): Promise<string[]> {
	const { rules = 'wcag', except } = look;
	// Colours on their way from one to another are nobody's choice.
	await page.evaluate(() =>
		Promise.allSettled(
			document
				.getAnimations()
				.filter((animation) => animation instanceof CSSTransition)
				.map(({ finished }) => finished)
		)
	);
	// Only what is wrong is described; a page of its own for the result would cost more than the look.
	let axe = new AxeBuilder({ page }).setLegacyMode().options({
		resultTypes: ['violations'],
		...(rules === 'wcag' && { runOnly: wcag }),
		...(rules === 'colors' && { runOnly: { type: 'rule', values: ['color-contrast'] } })
	});
	if (except !== undefined) axe = axe.exclude(except);
	const { violations: found } = await axe.analyze();
	return found.flatMap(({ id, help, nodes }) =>
		nodes.map((node) => `${page.url()} ${id}: ${help} at ${node.target.join(' ')}`)
	);
}
