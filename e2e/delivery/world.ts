import { connect, connectSql, type Backend } from '../support/backend.ts';
import { createTenant, origin, type Tenant } from '../support/tenant.ts';
import { Disturbance } from './disturbance.ts';
import { FaultyLine } from './faulty-line.ts';
import { Ledger } from './ledger.ts';
import { Operator } from './operator.ts';
import { hurriedLimit, type Plan } from './plan.ts';
import { watchProgress } from './progress.ts';
import type { Random } from './random.ts';
import { Visitor } from './visitor.ts';
import { Witness } from './witness.ts';

const faultRate = 0.2;
const thinkMs = { visitor: 900, hurried: 30, operator: 250 } as const;

/**
 * Visitors and operators of one organisation, each with a bad line of their own, and the tenant they meet in.
 * A browser of one process shares its locks and broadcast channels by site, so every visitor has a site.
 */
export class World {
	readonly ledger = new Ledger();
	readonly lines: FaultyLine[] = [];
	readonly visitors: Visitor[] = [];
	readonly operators: Operator[] = [];
	readonly siteIds: string[] = [];
	readonly sql;
	readonly #backend: Backend;
	readonly #plan: Plan;
	readonly #random: Random;
	disturbance!: Disturbance;
	witness!: Witness;

	constructor(backend: Backend, plan: Plan, random: Random) {
		this.#backend = backend;
		this.#plan = plan;
		this.#random = random;
		this.sql = connectSql(backend);
	}

	async open(): Promise<this> {
		const tenant = await createTenant(this.#backend, this.sql, 'Delivery');
		const names = await this.#openSites(tenant);
		const { token } = await tenant.addMember('owner');
		// First, while nobody else joins anything: the witness has to hear all of it.
		this.witness = new Witness(connect(this.#backend, token));
		await this.witness.listen(this.siteIds);
		for (const i of this.#plan.operators.keys()) await this.#hire(tenant, `o${i}`, names);
		const { lines, siteIds, sql } = this;
		const random = this.#random.branch('disturbance');
		this.disturbance = new Disturbance({ lines, siteIds, sql, random });
		return this;
	}

	/** Everybody writes what the plan says while everything goes wrong. */
	async storm(): Promise<void> {
		const { visitors, operators } = this.#plan;
		await Promise.all(this.visitors.map((visitor) => visitor.arrive()));
		this.disturbance.begin();
		const limits = this.#liftRateLimits();
		const progress = watchProgress(this.ledger, this.#plan.sends);
		try {
			await Promise.race([
				progress.stalled,
				Promise.all([
					...this.visitors.map((visitor, i) => visitor.live(visitors[i]?.texts ?? 0)),
					...this.operators.map((operator, i) => operator.live(operators[i] ?? 0))
				])
			]);
		} finally {
			progress.stop();
			limits.stop();
			await this.disturbance.end();
		}
	}

	/** The network is good again, and everybody notices. */
	async calm(): Promise<void> {
		for (const line of this.lines) line.calm();
		for (const person of [...this.visitors, ...this.operators]) person.wake();
		await Promise.all(this.lines.map((line) => line.settled()));
	}

	async close(): Promise<void> {
		this.visitors.forEach((visitor) => visitor.leave());
		await Promise.all(this.operators.map(({ page }) => page.close()));
		await this.witness.leave();
		await Promise.all(this.lines.map((line) => line.close()));
		await this.sql.end();
	}

	async #openSites({ organization, site }: Tenant): Promise<ReadonlyMap<string, string>> {
		const names = new Map<string, string>();
		for (const [i, { hurried }] of this.#plan.visitors.entries()) {
			const [made] = await this.sql<{ id: string; site_key: string }[]>`
				insert into public.sites (organization_id, name, allowed_origins)
				values (${organization}, ${`Shop ${i}`}, ${site.allowed_origins}) returning id, site_key`;
			if (!made) throw new Error('no site');
			if (hurried) {
				await this.sql`
					insert into public.rate_limits ${this.sql({
						...{ organization_id: organization, site_id: made.id, ...hurriedLimit },
						...{ kind: 'message', scope: 'visitor' }
					})}`;
			}
			const name = `v${i}`;
			const random = this.#random.branch(name);
			names.set(made.id, name);
			this.siteIds.push(made.id);
			this.visitors.push(
				new Visitor({
					name,
					siteKey: made.site_key,
					line: await this.#openLine(random),
					ledger: this.ledger,
					random,
					tabs: i % 4 === 3 ? 2 : 1,
					thinkMs: hurried ? thinkMs.hurried : thinkMs.visitor
				})
			);
		}
		return names;
	}

	async #hire(tenant: Tenant, name: string, visitors: ReadonlyMap<string, string>): Promise<void> {
		const random = this.#random.branch(name);
		this.operators.push(
			new Operator({
				name,
				person: await tenant.addMember('admin'),
				publishableKey: this.#backend.publishableKey,
				organization: tenant.organization,
				visitors,
				line: await this.#openLine(random),
				ledger: this.ledger,
				random,
				thinkMs: thinkMs.operator,
				mostUnsent: this.#plan.mostUnsent
			})
		);
	}

	async #openLine(random: Random): Promise<FaultyLine> {
		const target = this.#backend.url;
		const options = { target, origin, random: random.branch('line'), faultRate };
		const line = await new FaultyLine(options).open();
		this.lines.push(line);
		return line;
	}

	/** The hurried ones run into the limit and wait; for the others it would only stretch a long run. */
	#liftRateLimits(): { stop: () => void } {
		const hurried = this.#plan.visitors.filter((one) => one.hurried).length;
		const calmSites = this.siteIds.slice(hurried);
		const timer = setInterval(() => {
			void this.sql`
				delete from private.rate_buckets where key in (
					select 'message:visitor:' || id from public.visitors where site_id = any (${calmSites})
				)`.execute();
		}, 5000);
		return { stop: () => clearInterval(timer) };
	}
}
