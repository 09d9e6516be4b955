import { SignJWT } from 'jose';
import type postgres from 'postgres';
import { expect, inList, log, test, write } from '../support/journey.ts';
import type { Tenant } from '../support/tenant.ts';

/** What the customer's server does for a signed-in person. */
async function sign(sql: postgres.Sql, tenant: Tenant, claims: Record<string, unknown>) {
	const [row] = await sql<{ identity_secret: string }[]>`
		select identity_secret from private.site_secrets where site_id = ${tenant.site.id}`;
	return new SignJWT(claims)
		.setProtectedHeader({ alg: 'HS256' })
		.setExpirationTime('5m')
		.sign(new TextEncoder().encode(row?.identity_secret ?? ''));
}

test('a signed identity shows the operator who writes, and brings the history to another device', async ({
	sql,
	tenant,
	signIn,
	visit
}) => {
	const identity = await sign(sql, tenant, {
		sub: 'u-1',
		name: 'Iryna Melnyk',
		email: 'iryna@shop.test'
	});
	const identify = (jwt: string) => {
		(window as unknown as { chtq: { identify(jwt: string): void } }).chtq.identify(jwt);
	};
	const operator = await signIn(await tenant.addMember('owner'));
	const phone = await visit();
	await phone.evaluate(identify, identity);
	await write(phone, 'It is me');
	const row = inList(operator, 'It is me');
	await expect(row).toContainText('Iryna Melnyk');
	await row.click();
	await expect(operator.getByText('iryna@shop.test')).toBeVisible();

	const laptop = await visit();
	await laptop.evaluate(identify, identity);
	await expect(log(laptop).getByText('It is me')).toBeVisible();
	await write(laptop, 'And from here');
	await expect(log(operator).getByText('And from here')).toBeVisible();
	await expect(log(phone).getByText('And from here')).toBeVisible();
	const visitors =
		await sql`select verified from public.visitors where site_id = ${tenant.site.id}`;
	expect([...visitors]).toEqual([{ verified: true }]);
});
