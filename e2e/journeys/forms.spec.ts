import { signIdentity } from '../support/identity.ts';
import { expect, inList, log, write } from '../support/journey.ts';
import { closeDoors } from '../support/tenant.ts';
import { violations } from '../support/axe.ts';
import { away, formField, test, topicField } from '../support/forms.ts';

const none = { en: '', uk: '' };
const terms = formField('terms', 'consent', {
	label: { en: 'I agree to the [terms].', uk: 'Погоджуюся з [умовами].' },
	url: 'https://shop.test/terms'
});
const form = {
	enabled: true,
	intro: { en: 'Tell us who you are.', uk: 'Скажіть, хто ви.' },
	fields: [formField('name', 'name'), formField('email', 'email'), topicField, terms]
};

test('a form before the first message: by keyboard, with mistakes, a reload, and an operator who reads it', async ({
	setForms,
	come,
	tenant,
	signIn
}) => {
	await setForms({ pre_chat: form });
	const visitor = await come();
	const name = visitor.getByRole('textbox', { name: 'Name' });
	await expect(name).toBeFocused();
	await visitor.keyboard.type('Iryna Melnyk');
	await visitor.keyboard.press('Tab');
	await visitor.keyboard.type('iryna');
	await visitor.keyboard.press('Enter');

	// The first wrong field has the focus and says what is wrong with it.
	const email = visitor.getByRole('textbox', { name: 'E-mail' });
	await expect(email).toBeFocused();
	await expect(email).toHaveAccessibleDescription(/doesn’t look like an e-mail address/);
	const topic = visitor.getByRole('combobox', { name: 'What is it about?' });
	await expect(topic).toHaveAccessibleDescription('Please choose one.');
	await expect(visitor.getByRole('link', { name: /terms/ })).toHaveAttribute(
		'href',
		'https://shop.test/terms'
	);
	expect(await violations(visitor)).toEqual([]);

	// A text that is sent too early waits where it was typed.
	const composer = visitor.getByRole('textbox', { name: 'Message' });
	await write(visitor, 'Do you ship to Lviv?');
	await expect(email).toBeFocused();
	await expect(composer).toHaveValue('Do you ship to Lviv?');

	await visitor.reload();
	await visitor.getByRole('button', { name: 'Open chat' }).click();
	await expect(name).toHaveValue('Iryna Melnyk');
	await expect(email).toHaveValue('iryna');
	await expect(composer).toHaveValue('Do you ship to Lviv?');
	await email.fill('iryna@shop.test');
	await topic.selectOption({ label: 'An order' });
	await visitor.getByRole('checkbox', { name: /I agree/ }).press('Space');
	await visitor.getByRole('button', { name: 'Send message' }).press('Enter');
	await expect(log(visitor).getByText('Do you ship to Lviv?')).toBeVisible();
	await expect(visitor.getByText('Sent', { exact: true })).toBeAttached();
	await expect(name).toHaveCount(0);
	await expect(composer).toBeFocused();

	const operator = await signIn(await tenant.addMember('operator'));
	await inList(operator, 'Do you ship to Lviv?').click();
	const card = operator.getByRole('complementary', { name: 'About the visitor' });
	await expect(card).toContainText('Iryna Melnyk');
	await expect(card.getByRole('link', { name: 'iryna@shop.test' })).toBeVisible();
	await expect(card).toContainText(/What is it about\?\s*An order/);
	await expect(card).toContainText(/I agree to the terms\.\s*Agreed/);
	expect(await violations(operator)).toEqual([]);

	await visitor.reload();
	await visitor.getByRole('button', { name: 'Open chat' }).click();
	await expect(log(visitor).getByText('Do you ship to Lviv?')).toBeVisible();
	await expect(name).toHaveCount(0);
});

test(
	'форма перед першим повідомленням, на телефоні',
	{ tag: '@long' },
	async ({ setForms, come, sql, tenant }) => {
		await setForms({
			pre_chat: { ...form, fields: [...form.fields, formField('phone', 'phone')] }
		});
		const visitor = await come({ language: 'uk', phone: true, colorScheme: 'dark' });
		const button = visitor.getByRole('button', { name: 'Почати чат' });
		await button.tap();
		await expect(visitor.getByRole('textbox', { name: 'Ім’я' })).toBeFocused();
		await expect(visitor.getByRole('textbox', { name: 'Ім’я' })).toHaveAccessibleDescription(
			'Заповніть це поле, будь ласка.'
		);
		expect(await violations(visitor)).toEqual([]);
		const phone = visitor.getByRole('textbox', { name: 'Телефон' });
		expect(await phone.getAttribute('inputmode')).toBe('tel');
		expect(await phone.getAttribute('autocomplete')).toBe('tel');
		await visitor.getByRole('textbox', { name: 'Ім’я' }).fill('Олена');
		await visitor.getByRole('textbox', { name: 'Ел. пошта' }).fill('olena@shop.test');
		await visitor.getByRole('combobox').selectOption({ label: 'Інше' });
		await visitor.getByRole('checkbox', { name: /Погоджуюся/ }).tap();
		await phone.fill('044 123 45 67');
		await button.tap();
		await visitor.getByRole('textbox', { name: 'Повідомлення' }).fill('Добрий день');
		await visitor.getByRole('button', { name: 'Надіслати' }).tap();
		await expect(visitor.getByText('Надіслано', { exact: true })).toBeAttached();
		const [row] = await sql`
		select name, phone, answers -> 0 ->> 'text' as topic from public.visitors where site_id = ${tenant.site.id}`;
		expect(row).toEqual({ name: 'Олена', phone: '044 123 45 67', topic: 'Інше' });
	}
);

test(
	'a form that was changed meanwhile comes back with what was filled in, and the text is not lost',
	{ tag: '@long' },
	async ({ setForms, come, sql, tenant }) => {
		await setForms({ pre_chat: { ...form, fields: [formField('name', 'name')] } });
		const visitor = await come();
		await visitor.getByRole('textbox', { name: 'Name' }).fill('Iryna');
		await visitor.getByRole('button', { name: 'Start chat' }).click();
		await setForms({ pre_chat: { ...form, fields: [formField('name', 'name'), topicField] } });
		await write(visitor, 'Hello?');
		await expect(visitor.getByRole('combobox', { name: 'What is it about?' })).toBeVisible();
		await expect(visitor.getByRole('textbox', { name: 'Name' })).toHaveValue('Iryna');
		await visitor.getByRole('combobox').selectOption({ label: 'An order' });
		await visitor.getByRole('button', { name: 'Start chat' }).click();
		await expect(visitor.getByText('Sent', { exact: true })).toBeAttached();
		const rows = await sql`select body from public.messages where site_id = ${tenant.site.id}`;
		expect([...rows]).toEqual([{ body: 'Hello?' }]);
	}
);

test(
	'a verified visitor is asked only for what the signature does not say',
	{ tag: '@long' },
	async ({ setForms, come, tenant, sql }) => {
		await setForms({ pre_chat: { ...form, fields: [formField('name', 'name'), topicField] } });
		const visitor = await come();
		await expect(visitor.getByRole('textbox', { name: 'Name' })).toBeVisible();
		const identity = await signIdentity(sql, tenant.site.id, { sub: 'u-1', name: 'Olha' });
		await visitor.evaluate((jwt) => {
			(window as unknown as { chtq: { identify(jwt: string): void } }).chtq.identify(jwt);
		}, identity);
		await expect(visitor.getByRole('textbox', { name: 'Name' })).toHaveCount(0);
		await visitor.getByRole('combobox').selectOption({ label: 'An order' });
		await write(visitor, 'It is me');
		await expect(visitor.getByText('Sent', { exact: true })).toBeAttached();
		const [row] =
			await sql`select name, verified from public.visitors where site_id = ${tenant.site.id}`;
		expect(row).toEqual({ name: 'Olha', verified: true });
	}
);

test('nobody is there: the visitor hears when, leaves an address, and the text is a conversation', async ({
	setForms,
	come,
	tenant,
	signIn
}) => {
	await setForms({ offline_form: { enabled: true, email: 'required', text: none } });
	// Closed, whoever of the team looks in: an operator at a console is not yet an open shop.
	await closeDoors(tenant, await tenant.addMember('owner'));
	const visitor = await come({ status: away() });
	await expect(visitor.getByText(/reply by e-mail/)).toBeVisible();
	await expect(visitor.getByText('Back tomorrow at 09:00.')).toBeVisible();
	await write(visitor, 'When will my order come?');
	const email = visitor.getByRole('textbox', { name: 'E-mail' });
	await expect(email).toHaveAccessibleDescription('Please fill this in.');
	await email.fill('iryna@shop.test');
	expect(await violations(visitor)).toEqual([]);
	await email.press('Enter');
	await expect(visitor.getByText('Sent', { exact: true })).toBeAttached();
	await expect(visitor.getByText('We’ll reply to iryna@shop.test.')).toBeVisible();

	const operator = await signIn(await tenant.addMember('operator'));
	await inList(operator, 'When will my order come?').click();
	const card = operator.getByRole('complementary', { name: 'About the visitor' });
	await expect(card.getByRole('link', { name: 'iryna@shop.test' })).toBeVisible();
	// A slip of the finger is put right, and the operator sees that at once.
	await visitor.getByRole('button', { name: 'Change', exact: true }).click();
	await visitor.getByRole('textbox', { name: 'Where should we reply?' }).fill('iryna@home.test');
	await visitor.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(visitor.getByText('We’ll reply to iryna@home.test.').first()).toBeVisible();
	await expect(card.getByRole('link', { name: 'iryna@home.test' })).toBeVisible();
	// Somebody has come back before their time.
	await write(operator, 'It left this morning.');
	await expect(log(visitor).getByText('It left this morning.')).toBeVisible();
	await expect(visitor.getByText('Back tomorrow at 09:00.')).toHaveCount(0);
});

test(
	'нікого немає: адресу залишати не обов’язково, згода стоїть під полем',
	{ tag: '@long' },
	async ({ setForms, come, sql, tenant }) => {
		await setForms({
			offline_form: { enabled: true, email: 'optional', text: { en: '', uk: 'Ми спимо.' } },
			consent: {
				text: { en: '', uk: 'Пишучи нам, ви погоджуєтеся з [умовами].' },
				url: 'https://shop.test/terms'
			}
		});
		const visitor = await come({ language: 'uk', status: away() });
		await expect(visitor.getByText('Ми спимо.')).toBeVisible();
		await expect(visitor.getByText('Будемо завтра о 09:00.')).toBeVisible();
		await expect(visitor.getByRole('textbox', { name: /Ел. пошта.*необов’язково/ })).toBeVisible();
		await expect(visitor.getByRole('link', { name: /умовами/ })).toBeVisible();
		const field = visitor.getByRole('textbox', { name: 'Повідомлення' });
		await field.fill('Добраніч');
		await field.press('Enter');
		await expect(visitor.getByText('Надіслано', { exact: true })).toBeAttached();
		await expect(visitor.getByRole('link', { name: /умовами/ })).toHaveCount(0);
		const [row] = await sql`
		select email, answers -> 0 ->> 'label' as consent from public.visitors where site_id = ${tenant.site.id}`;
		expect(row).toEqual({ email: null, consent: 'Пишучи нам, ви погоджуєтеся з [умовами].' });
	}
);
