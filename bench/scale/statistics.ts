import postgres from 'postgres';

interface Measured {
	name: string;
	sites: readonly string[];
}

/**
 * What reports of the measured organisations are made of, which the loader leaves out: pages, ratings, and the sums of
 * so many days. Once for each data directory; those that were loaded earlier get it now.
 */
export async function countStatistics(
	url: string,
	tenants: readonly Measured[],
	{ days, say }: { days: number; say: (line: string) => void }
): Promise<void> {
	const sql = postgres(url, {
		max: 1,
		onnotice: () => undefined,
		connection: { session_replication_role: 'replica' }
	});
	try {
		// The weekly mail goes to confirmed addresses alone.
		await sql`update auth.users set email_confirmed_at = now() where email_confirmed_at is null`;
		for (const { name, sites } of tenants) {
			for (const site of sites) {
				if (await isCounted(sql, site, days)) continue;
				say(`statistics of ${days} days, a site of the ${name} organisation`);
				await countSite(sql, site, days);
			}
		}
	} finally {
		await sql.end();
	}
}

const step = (site: string, days: number) => `statistics of ${site}, ${days} days`;

async function isCounted(sql: postgres.Sql, site: string, days: number): Promise<boolean> {
	return (await sql`select from scale.steps where name = ${step(site, days)}`).length > 0;
}

async function countSite(sql: postgres.Sql, site: string, days: number): Promise<void> {
	await sql`
		update public.conversations set start_page = 'shop.example/products/' || abs(hashtext(id::text) % 40)
		where site_id = ${site} and start_page is null`;
	await sql`
		insert into public.ratings (conversation_id, organization_id, site_id, operator_id, score, created_at)
		select id, organization_id, site_id, assignee_id, 1 + abs(hashtext(id::text) % 5), closed_at + interval '5 minutes'
		from public.conversations
		where site_id = ${site} and closed_at is not null and abs(hashtext(id::text) % 3) = 0
		on conflict do nothing`;
	await sql`vacuum (analyze) public.conversations, public.ratings`;
	await sql`
		select app.refresh_daily_stats(${site}, until.value::timestamptz::date - day)
		from scale.steps as until, generate_series(0, ${days - 1}::integer) as day
		where until.name = 'until'`;
	await sql`vacuum (analyze) public.daily_stats, public.daily_page_stats`;
	await sql`insert into scale.steps (name) values (${step(site, days)})`;
}
