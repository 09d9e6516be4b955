import type { FormField, WidgetForms } from '@chatiq/contracts/forms';
import {
	siteFilePath,
	siteFilesBucket,
	type PublicSite,
	type SiteStatus
} from '@chatiq/contracts/site';
import type { Page } from '@playwright/test';
import type postgres from 'postgres';
import type { Backend } from './backend.ts';
import { expect, test as base } from './journey.ts';

export const open: SiteStatus = { open: true, online: true, reopens_at: null, reply_time: null };

/** Nobody answers before tomorrow, nine o'clock. */
export function away(): SiteStatus {
	const morning = new Date();
	morning.setDate(morning.getDate() + 1);
	morning.setHours(9, 0, 0, 0);
	return { open: false, online: false, reopens_at: morning.toISOString(), reply_time: null };
}

const none = { en: '', uk: '' };

export const formField = (
	key: string,
	kind: FormField['kind'],
	more: Partial<FormField> = {}
): FormField => ({
	...{ key, kind, required: true, label: none, placeholder: none, options: [], url: '' },
	...more
});

export const topicField = formField('topic', 'select', {
	label: { en: 'What is it about?', uk: 'Про що йдеться?' },
	options: [
		{ value: 'order', label: { en: 'An order', uk: 'Замовлення' } },
		{ value: 'other', label: { en: 'Something else', uk: 'Інше' } }
	]
});

interface Coming {
	language?: 'en' | 'uk';
	status?: SiteStatus;
	/** A phone with a touch screen. */
	phone?: boolean;
	colorScheme?: 'light' | 'dark';
}

interface FormFixtures {
	/** Sets forms of the tenant's site, and waits for its file. */
	setForms(forms: Partial<WidgetForms>): Promise<void>;
	/** A visitor's page with the chat open, at a time when the team is there or not. */
	come(coming?: Coming): Promise<Page>;
}

export const test = base.extend<FormFixtures>({
	setForms: async ({ backend, sql, tenant }, use) => {
		await use(async (forms) => {
			await sql`update public.widget_settings set ${sql(asJson(sql, forms))} where site_id = ${tenant.site.id}`;
			await expect
				.poll(async () => (await publishedSite(backend, tenant.site.site_key)).settings)
				.toMatchObject(forms);
		});
	},
	come: async ({ browser, shop, tenant }, use) => {
		const pages: Page[] = [];
		await use(async ({ language = 'en', status = open, phone = false, colorScheme } = {}) => {
			const context = await browser.newContext({
				locale: language === 'uk' ? 'uk-UA' : 'en-GB',
				viewport: phone ? { width: 390, height: 780 } : { width: 1280, height: 800 },
				...(phone && { isMobile: true, hasTouch: true }),
				...(colorScheme && { colorScheme })
			});
			const page = await context.newPage();
			pages.push(page);
			// The real file, at another time of day.
			await page.route(`**/${siteFilePath(tenant.site.site_key)}`, async (route) => {
				const response = await route.fetch();
				const site = (await response.json()) as PublicSite;
				await route.fulfill({ response, json: { ...site, status } });
			});
			await page.goto(shop.page(tenant.site.site_key, { 'data-language': language }));
			await page.getByRole('button', { name: /^(Open chat|Відкрити чат)/ }).click();
			await expect(page.getByRole('dialog')).toBeVisible();
			return page;
		});
		// An open widget may be asking for the file just now.
		await Promise.all(pages.map((page) => page.unrouteAll({ behavior: 'ignoreErrors' })));
		await Promise.all(pages.map((page) => page.context().close()));
	}
});

async function publishedSite(backend: Backend, siteKey: string): Promise<PublicSite> {
	const file = `${backend.url}/storage/v1/object/public/${siteFilesBucket}/${siteFilePath(siteKey)}`;
	return (await (await fetch(file, { cache: 'no-store' })).json()) as PublicSite;
}

const asJson = (sql: postgres.Sql, forms: Partial<WidgetForms>) =>
	Object.fromEntries(Object.entries(forms).map(([name, form]) => [name, sql.json(form as never)]));
