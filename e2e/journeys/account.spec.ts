import type { Page } from '@playwright/test';
import { generate } from 'otplib';
import { violations } from '../support/axe.ts';
import { expect, test } from '../support/journey.ts';
import { linkTo } from '../support/mail-link.ts';

/** Two pixels by two, red. */
const redPng =
	'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==';

async function expectAccessible(page: Page): Promise<void> {
	expect(await violations(page, { rules: 'practice' })).toEqual([]);
}

test(
	'a person looks after their account: password, second factor, recovery, picture',
	{ tag: '@long' },
	async ({ backend, sql, tenant, signIn }) => {
		const person = await tenant.addMember('admin');
		const page = await signIn(person);
		const password = 'a new long sentence';
		let secret = '';

		await test.step('a forgotten password', async () => {
			await page.request.post(`${backend.url}/logout`, { headers: { origin: backend.url } });
			await page.goto(`${backend.url}/login`);
			await page.getByRole('link', { name: 'Forgot your password?' }).click();
			// The page before it has a field of this name too.
			await expect(page.getByRole('heading', { name: 'Forgot your password?' })).toBeVisible();
			await page.getByLabel('E-mail').fill(person.email);
			await page.getByRole('button', { name: 'Send the link' }).click();
			await expect(page.getByText(`If ${person.email} has an account`)).toBeVisible();
			await page.goto(await linkTo(backend, person.email, '/auth/confirm'));
			await page.getByRole('button', { name: 'Go on' }).click();
			await page.getByLabel('New password').fill('too short');
			await expect(page.getByText('1 more character')).toBeVisible();
			await page.getByLabel('New password').fill(password);
			await page.getByRole('button', { name: 'Save the password' }).click();
			await page.waitForURL('**/inbox');
		});

		const codes = await test.step('a second factor', async () => {
			await page.goto(`${backend.url}/settings/security`);
			await expect(page.getByText('This device')).toBeVisible();
			await page.getByRole('button', { name: 'Set it up' }).click();
			await expect(page.getByRole('img', { name: 'QR code' })).toBeVisible();
			await expectAccessible(page);
			secret = (await page.locator('code').textContent()) ?? '';
			await page.getByLabel('Code', { exact: true }).fill('000000');
			await page.getByRole('button', { name: 'Turn it on' }).click();
			await expect(page.getByRole('alert')).toContainText('not right');
			await page.getByLabel('Code', { exact: true }).fill(await generate({ secret }));
			await page.getByRole('button', { name: 'Turn it on' }).click();
			const shown = await page.getByLabel('Your recovery codes').textContent();
			await page.getByRole('link', { name: 'I have kept them' }).click();
			await expect(page.getByText('10 recovery codes are left.')).toBeVisible();
			return (shown ?? '').split('\n');
		});

		const enterPassword = async () => {
			await page.getByLabel('E-mail').fill(person.email);
			await page.getByLabel('Password', { exact: true }).fill(password);
			await page.getByRole('button', { name: 'Sign in' }).click();
			await expect(page.getByRole('heading', { name: 'Second step' })).toBeVisible();
		};
		const signOut = () =>
			page.request.post(`${backend.url}/logout`, { headers: { origin: backend.url } });

		await test.step('asked for at sign-in, and no way around it', async () => {
			await signOut();
			await page.goto(`${backend.url}/login`);
			await enterPassword();
			await page.goto(`${backend.url}/inbox`);
			await expect(page.getByRole('heading', { name: 'Second step' })).toBeVisible();
			await expectAccessible(page);
			await page.getByLabel('Code', { exact: true }).fill(await generate({ secret }));
			await page.getByRole('button', { name: 'Sign in' }).click();
			await page.waitForURL('**/inbox');
		});

		await test.step('both steps in place, where another tab has signed out', async () => {
			const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
			const other = await page.context().newPage();
			await other.goto(`${backend.url}/settings/profile`);
			await other.request.post(`${backend.url}/logout`, { headers: { origin: backend.url } });
			await other.goto(`${backend.url}/login`);
			await expect(dialog.getByLabel('Password', { exact: true })).toBeFocused();
			await dialog.getByLabel('Password', { exact: true }).fill(password);
			await page.keyboard.press('Enter');
			await expect(dialog.getByLabel('Code', { exact: true })).toBeFocused();
			await expectAccessible(page);
			await dialog.getByLabel('Code', { exact: true }).fill('000000');
			await page.keyboard.press('Enter');
			await expect(dialog.getByRole('alert')).toContainText('code is not right');
			await dialog.getByLabel('Code', { exact: true }).fill(await generate({ secret }));
			await page.keyboard.press('Enter');
			await expect(dialog).toBeHidden();
			await other.close();
		});

		await test.step('a lost device', async () => {
			await signOut();
			await page.goto(`${backend.url}/login`);
			await enterPassword();
			await page.getByRole('button', { name: 'I have lost my device' }).click();
			await page.getByLabel('Recovery code').fill(codes[0] ?? '');
			await page.getByRole('button', { name: 'Go on' }).click();
			await expect(page.getByRole('button', { name: 'Set it up' })).toBeVisible();
		});

		await test.step('another device, signed out from here at once', async () => {
			const far = await signIn({ ...person, password });
			await page.goto(`${backend.url}/settings/security`);
			await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
			await expect(far.getByRole('dialog', { name: 'Your session has ended' })).toBeVisible();
			await far.goto(`${backend.url}/inbox`);
			await expect(far.getByRole('heading', { name: 'Sign in' })).toBeVisible();
			await expect(page.getByText('This device')).toBeVisible();
		});

		await test.step('name and picture', async () => {
			await page.goto(`${backend.url}/settings/profile`);
			await expectAccessible(page);
			const name = page.getByLabel('Your name');
			// Scripts that take the page over in mid-fill undo what was typed.
			await expect(async () => {
				await name.fill('Zoe Zulu');
				expect(await name.inputValue()).toBe('Zoe Zulu');
			}).toPass();
			await page.getByLabel('Choose a picture').setInputFiles({
				name: 'me.png',
				mimeType: 'image/png',
				buffer: Buffer.from(redPng, 'base64')
			});
			await expect(page.getByRole('button', { name: 'Remove' })).toBeVisible();
			// What was typed stays while the picture is stored.
			await expect(page.getByText('Saved.')).toBeVisible();
			await expect(name).toHaveValue('Zoe Zulu');
			await page.getByRole('button', { name: 'Save', exact: true }).click();
			const stored = () => sql`select display_name from public.profiles where id = ${person.id}`;
			await expect.poll(stored).toEqual([{ display_name: 'Zoe Zulu' }]);
			await expect(page.getByText('Saved.')).toBeVisible();
			await expect(name).toHaveValue('Zoe Zulu');
			const [profile] = await sql`select avatar_url from public.profiles where id = ${person.id}`;
			expect((await fetch(String(profile?.['avatar_url']))).headers.get('content-type')).toBe(
				'image/webp'
			);
		});

		await test.step('another e-mail address, which both mailboxes agree to', async () => {
			const [before, after] = [person.email, `new-${person.email}`];
			await page.goto(`${backend.url}/settings/profile`);
			const field = page.getByLabel('New address');
			await expect(async () => {
				await field.fill(before);
				expect(await field.inputValue()).toBe(before);
			}).toPass();
			await page.getByRole('button', { name: 'Send the links' }).click();
			await expect(page.getByRole('alert')).toHaveText('This is your present address.');
			await field.fill(after);
			await page.getByRole('button', { name: 'Send the links' }).click();
			await expect(page.getByText(`We have sent a link to ${after}`)).toBeVisible();
			await page.goto(await linkTo(backend, before, 'type=email_change'));
			await page.getByRole('button', { name: 'Confirm and go on' }).click();
			await expect(page.getByText('open the link in the other mailbox too')).toBeVisible();
			await page.goto(await linkTo(backend, after, 'type=email_change'));
			await page.getByRole('button', { name: 'Confirm and go on' }).click();
			await expect(page.getByText(`Your address is ${after} now.`)).toBeVisible();
		});
	}
);
