import type { StorageUsage } from './upload.ts';

/** Answer of `health_facts`: numbers of the whole project. */
export interface HealthFacts {
	jobs: {
		waiting: number;
		running: number;
		failed: number;
		dead: number;
		/** How long the oldest job that is due has waited. */
		lag_seconds: number;
	};
	webhooks: { pending: number; dead: number; failing: number };
	database: { connections: number; size_bytes: number };
}

/** Answer of `read_organization_health`: numbers of one organisation. */
export interface OrganizationFacts extends Pick<HealthFacts, 'jobs' | 'webhooks'> {
	storage: StorageUsage;
}

export const healthParts = ['database', 'queue', 'realtime', 'storage', 'mail'] as const;
export type HealthPart = (typeof healthParts)[number];

export interface PartHealth {
	ok: boolean;
	latency_ms: number;
	/** What is wrong, without addresses. */
	problem?: string;
}

/** Answer of the function `health` to an admin: which parts answer, without what is wrong with them. */
export interface OrganizationHealth {
	status: Health['status'];
	parts: Record<HealthPart, Omit<PartHealth, 'problem'>>;
	facts: OrganizationFacts;
}

/** Answer of the function `health`. `degraded`: chats work, something beside them does not. */
export interface Health {
	status: 'ok' | 'degraded' | 'down';
	/** Only with the secret. */
	parts?: Record<HealthPart, PartHealth>;
	facts?: HealthFacts | null;
}
