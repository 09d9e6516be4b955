import type { DeployOptions } from './options.ts';
import type { ManagementApi } from './management-api.ts';

/** What a step found when it looked. Empty `changes`: it has nothing to do. */
export interface Finding {
	/** Sentences without a subject: "create the bucket widget". */
	changes: string[];
	/** For people: what was found, or what they must do themselves. */
	notes?: string[];
	/** What is left to click. */
	left?: string[];
	apply?: () => Promise<void>;
}

export interface Deployment {
	options: DeployOptions;
	api: ManagementApi;
	/** As the owner of the schema. */
	databaseUrl: string;
	keys: { publishable: string; secret: string };
}

/** Looks without changing anything, so that it can be asked as often as wanted. */
export interface Step {
	name: string;
	look: (deployment: Deployment) => Promise<Finding>;
}
