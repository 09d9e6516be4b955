import type { StatMeasure } from '@chatiq/contracts/analytics';
import type { Tenant } from './callers.ts';
import type { Case } from './cases.ts';

type Part = (tenant: Tenant) => string;

/** The limit holds in the largest organisation too. */
const limits = { ratio: null, buffers: 0, ms: 300, rows: Infinity } as const;

const asOwner = (name: string, statement: Part): Case => ({
	...{ name, role: 'authenticated', claims: ({ owner }) => owner, statement },
	...limits
});

const days = ({ today }: Tenant, many: number): string =>
	`date '${today}' - ${many - 1}, date '${today}'`;
const siteArray = (sites: readonly string[]) => `'{${sites.join()}}'::uuid[]`;
const ofOperator: Part = ({ operator }) => `, operator_id => '${operator}'`;
const ofSite: Part = ({ sites }) => `, site_ids => ${siteArray(sites.slice(0, 1))}`;
const ofPage: Part = () => `, page => 'shop.example/products/7'`;

/** All that the page shows: sums, days, sites, operators, pages, hours of the week, and the same period before. */
const analytics = (name: string, many: number, scope: Part = () => ''): Case =>
	asOwner(
		`analytics: ${name}`,
		(tenant) => `select public.read_analytics(${days(tenant, many)}${scope(tenant)})`
	);

/** A page, whatever the period, the person or the page of the shop. */
const listed = (measure: StatMeasure, many: number, scope: Part = () => '', of = ''): Case => ({
	...asOwner(
		`conversations ${measure} in ${many} days${of}`,
		(tenant) =>
			`select public.list_stat_conversations('${measure}', ${days(tenant, many)}${scope(tenant)})`
	),
	rows: 1500
});

const measures = ['started', 'missed', 'auto_replied', 'closed', 'rated', 'answered'] as const;

/** Every report of the console and of the weekly mail. */
export const reports: readonly Case[] = [
	{
		...asOwner(
			'site_stats, 30 days',
			(tenant) => `select public.site_stats(null, ${days(tenant, 30)})`
		),
		...{ ratio: 1.5, buffers: 5, rows: 5000 }
	},
	// Eight reads in one: each asks once where the caller works (three blocks), and its policy goes through an index twice.
	{ ...analytics('a month beside the month before', 30), ratio: 1.5, buffers: 150 },
	analytics('a week beside the week before', 7),
	analytics('90 days beside the 90 before', 90),
	analytics('the whole year', 361),
	analytics('one site, 90 days', 90, ofSite),
	analytics('one operator, 90 days', 90, ofOperator),
	asOwner(
		'hours of the week, 90 days',
		(tenant) => `select app.hours_of_week(${siteArray(tenant.sites)}, ${days(tenant, 90)})`
	),
	asOwner('now: open, waiting, unassigned', () => 'select public.read_live_stats()'),
	...measures.map((measure) => listed(measure, 30)),
	...measures.map((measure) => listed(measure, 361)),
	listed('answered', 90, ofOperator, ' by one'),
	listed('closed', 361, ofOperator, ' by one'),
	listed('rated', 361, ofOperator, ' by one'),
	listed('missed', 90, ofPage, ' on a page'),
	listed('answered', 361, ofPage, ' on a page'),
	{
		...{ name: 'the weekly mail', role: 'service_role', claims: () => ({ role: 'service_role' }) },
		statement: ({ owner, sites, today }) => `select public.weekly_report_mail((
				select organization_id from public.sites where id = '${sites[0] ?? ''}'
			), '${owner.sub}', date '${today}')`,
		...limits
	}
];
