import type { Enums, Tables } from '@chatiq/contracts/database';
import type { VisitorSession } from '@chatiq/contracts/session';
import { hash } from 'bcryptjs';
import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import { connect, connectService, type Backend, type Client } from './backend.ts';
import { signIdentity } from './identity.ts';

export const origin = 'https://shop.test';

export interface Person {
	id: string;
	email: string;
	password: string;
	name: string;
	token: string;
	client: Client;
}

export interface Visitor {
	session: VisitorSession;
	client: Client;
}

interface NewVisitor {
	site?: Tables<'sites'>;
	/** Signed with the site's secret, as the customer's server does: a verified visitor. */
	identity?: { sub: string; name?: string; email?: string };
}

/** An organisation with one site, as its owner would have set it up. */
export interface Tenant {
	organization: string;
	site: Tables<'sites'>;
	/** Another site, on which no operator works yet. */
	addSite(name: string): Promise<Tables<'sites'>>;
	addMember(role: Enums<'member_role'>, assigned?: boolean): Promise<Person>;
	addVisitor(visitor?: NewVisitor): Promise<Visitor>;
}

export async function createTenant(
	backend: Backend,
	sql: postgres.Sql,
	name: string,
	allowed = origin
): Promise<Tenant> {
	const [organization] = await sql<{ id: string }[]>`
		insert into public.organizations (name) values (${name}) returning id`;
	if (!organization) throw new Error('no organisation');
	const addSite = async (siteName: string): Promise<Tables<'sites'>> => {
		const [added] = await sql<Tables<'sites'>[]>`
			insert into public.sites (organization_id, name, allowed_origins)
			values (${organization.id}, ${siteName}, ${[allowed]}) returning *`;
		if (!added) throw new Error('no site');
		return added;
	};
	const site = await addSite(name);
	return {
		organization: organization.id,
		site,
		addSite,
		async addMember(role, assigned = true) {
			const person = await createPerson(backend);
			await sql`insert into public.memberships (organization_id, user_id, role)
				values (${organization.id}, ${person.id}, ${role})`;
			if (role === 'operator' && assigned) {
				await sql`insert into public.site_operators (site_id, organization_id, user_id)
					values (${site.id}, ${organization.id}, ${person.id})`;
			}
			return person;
		},
		async addVisitor({ site: { id, site_key } = site, identity } = {}) {
			const session = await openSession(
				backend,
				identity ? { site_key, identity: await signIdentity(sql, id, identity) } : { site_key }
			);
			return { session, client: connect(backend, session.token) };
		}
	};
}

/** An admin closes the site for these days, whatever its time zone calls them. */
export async function closeDoors({ site }: Tenant, admin: Person): Promise<void> {
	const days = [-1, 0, 1].map((offset) =>
		new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
	);
	for (const day of days) {
		await admin.client.rpc('set_special_day', { site_id: site.id, day, hours: [] }).throwOnError();
	}
}

/** Somebody with a confirmed account who belongs to no organisation. */
export async function createPerson(backend: Backend): Promise<Person> {
	const id = randomUUID();
	const [email, password, name] = [`${id}@people.test`, randomUUID(), `Person ${id.slice(0, 4)}`];
	const { error } = await connectService(backend).auth.admin.createUser({
		id,
		email,
		// A cheap hash: with the usual one, making people would be the most that many tests do.
		password_hash: await hash(password, 4),
		email_confirm: true,
		user_metadata: { name }
	});
	if (error) throw error;
	const { data, error: refused } = await connect(backend).auth.signInWithPassword({
		email,
		password
	});
	if (refused) throw refused;
	const token = data.session.access_token;
	return { id, email, password, name, token, client: connect(backend, token) };
}

/** Calls an edge function as a browser on `from` does: JSON as text/plain. */
export async function callFunction(
	backend: Backend,
	name: string,
	body: unknown,
	{ from = origin, headers = {} }: { from?: string | null; headers?: Record<string, string> } = {}
): Promise<Response> {
	return fetch(`${backend.url}/functions/v1/${name}`, {
		method: 'POST',
		headers: {
			'content-type': 'text/plain',
			...(from === null ? {} : { origin: from }),
			...headers
		},
		body: typeof body === 'string' ? body : JSON.stringify(body)
	});
}

export async function openSession(
	backend: Backend,
	request: { site_key: string; refresh_token?: string; identity?: string },
	from = origin
): Promise<VisitorSession> {
	const response = await callFunction(backend, 'visitor-session', request, { from });
	if (!response.ok) throw new Error(`visitor-session: ${response.status} ${await response.text()}`);
	return (await response.json()) as VisitorSession;
}
