import type { Health } from '@chatiq/contracts/health';

/** The same in the text format of Prometheus. */
export function metrics({ status, parts, facts }: Required<Health>): string {
	const lines = [
		...family('chatiq_up', 'Whether chats work.', [['', status === 'down' ? 0 : 1]]),
		...family(
			'chatiq_part_up',
			'Whether a part works.',
			Object.entries(parts).map(([part, { ok }]) => [`{part="${part}"}`, ok ? 1 : 0])
		),
		...family(
			'chatiq_part_latency_seconds',
			'How long the part took to answer.',
			Object.entries(parts).map(([part, { latency_ms }]) => [`{part="${part}"}`, latency_ms / 1000])
		)
	];
	if (facts) {
		const { jobs, webhooks, database } = facts;
		const { lag_seconds, ...states } = jobs;
		lines.push(
			...family('chatiq_jobs', 'Jobs by state.', byLabel('state', states)),
			...family('chatiq_job_lag_seconds', 'How long the oldest due job waits.', [
				['', lag_seconds]
			]),
			...family(
				'chatiq_webhook_deliveries',
				'Deliveries that are not through.',
				byLabel('state', { pending: webhooks.pending, dead: webhooks.dead })
			),
			...family('chatiq_webhooks_failing', 'Webhooks that fail now.', [['', webhooks.failing]]),
			...family('chatiq_database_connections', 'Connections to the database.', [
				['', database.connections]
			]),
			...family('chatiq_database_size_bytes', 'Size of the database.', [['', database.size_bytes]])
		);
	}
	return `${lines.join('\n')}\n`;
}

type Sample = [labels: string, value: number];

const byLabel = (label: string, values: Record<string, number>): Sample[] =>
	Object.entries(values).map(([value, count]) => [`{${label}="${value}"}`, count]);

const family = (name: string, help: string, samples: Sample[]): string[] => [
	`# HELP ${name} ${help}`,
	`# TYPE ${name} gauge`,
	...samples.map(([labels, value]) => `${name}${labels} ${value}`)
];
