import { findDatabase } from './database.ts';
import { ManagementApi } from './management-api.ts';
import type { DeployOptions } from './options.ts';
import type { Deployment, Finding, Step } from './step.ts';
import { auth } from './steps/auth.ts';
import { consoleBundle } from './steps/console.ts';
import { extensions } from './steps/extensions.ts';
import { functions } from './steps/functions.ts';
import { link } from './steps/link.ts';
import { migrations } from './steps/migrations.ts';
import { secrets } from './steps/secrets.ts';
import { settings } from './steps/settings.ts';
import { widget, widgetBucket } from './steps/widget.ts';

/** In this order: each needs only what stands before it. */
const steps: Step[] = [
	link,
	extensions,
	migrations,
	secrets,
	settings,
	auth,
	functions,
	widget,
	consoleBundle
];

export interface Talk {
	say: (text: string) => void;
	/** Asked once, before anything is changed. */
	agree: () => Promise<boolean>;
}

/** Answers how many changes there were, made or (in a dry run) to be made; null when it was called off. */
export async function deploy(options: DeployOptions, { say, agree }: Talk): Promise<number | null> {
	const deployment = await open(options, say);
	const plan = await lookAtAll(deployment);
	const wanted = plan.reduce((sum, [, { changes }]) => sum + changes.length, 0);
	for (const [step, finding] of plan) describe(step, finding, 'would', say);
	if (options.dryRun || wanted === 0) {
		if (wanted === 0) say('\nNothing to do: the project is as this checkout wants it.');
		else say(`\nA dry run: nothing was changed. ${wanted} changes without --dry-run.`);
		close(deployment, plan, say);
		return wanted;
	}
	if (!(await agree())) {
		say('Nothing was changed.');
		return null;
	}
	say('');
	let made = 0;
	for (const step of steps) made += await make(step, deployment, say);
	say(`\n${made} changes made.`);
	close(deployment, plan, say);
	return made;
}

async function open(options: DeployOptions, say: (text: string) => void): Promise<Deployment> {
	const api = new ManagementApi(options);
	const project = await api.project();
	say(`${project.name} (${options.ref}, ${project.region})\n`);
	if (!project.status.startsWith('ACTIVE'))
		throw new Error(
			`The project is ${project.status}. Restore or wait for it in the dashboard first.`
		);
	const databaseUrl = await findDatabase(options, api);
	const all = await api.apiKeys();
	const find = (type: string, legacy: string) => {
		const key = all.find((each) => each.type === type) ?? all.find(({ name }) => name === legacy);
		if (!key?.api_key) throw new Error(`The project has no ${type} key: make one in the dashboard`);
		return key.api_key;
	};
	const keys = {
		publishable: find('publishable', 'anon'),
		secret: find('secret', 'service_role')
	};
	return { options, api, databaseUrl, keys };
}

async function lookAtAll(deployment: Deployment): Promise<[Step, Finding][]> {
	const plan: [Step, Finding][] = [];
	for (const step of steps) plan.push([step, await look(step, deployment)]);
	return plan;
}

/** Looks again: what stood before may have changed what is to do. */
async function make(
	step: Step,
	deployment: Deployment,
	say: (text: string) => void
): Promise<number> {
	const finding = await look(step, deployment);
	if (finding.changes.length === 0) return 0;
	try {
		await finding.apply?.();
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new Error(
			`${step.name} failed: ${reason}\n\nWhat came before it is done. Run the same command again to go on.`,
			{ cause }
		);
	}
	describe(step, finding, 'done', say);
	return finding.changes.length;
}

async function look(step: Step, deployment: Deployment): Promise<Finding> {
	try {
		return await step.look(deployment);
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new Error(`${step.name}: ${reason}`, { cause });
	}
}

function describe(
	{ name }: Step,
	{ changes, notes = [] }: Finding,
	how: 'would' | 'done',
	say: (text: string) => void
): void {
	if (changes.length === 0) say(`  – ${name}: nothing to do`);
	for (const change of changes) say(`  ${how === 'done' ? '✓' : '+'} ${name}: ${change}`);
	for (const note of notes) say(`    ${name}: ${note}`);
}

function close(
	{ options }: Deployment,
	plan: [Step, Finding][],
	say: (text: string) => void
): void {
	const loader = `${options.projectUrl}/storage/v1/object/public/${widgetBucket}/widget.js`;
	say('\nOn every page that shall have the chat, with the key of its site:\n');
	say(`  <script async src="${loader}" data-site-key="pk_…"></script>`);
	const left = [
		...plan.flatMap(([, finding]) => finding.left ?? []),
		'Make the first account: Dashboard → Authentication → Add user; then its organisation (docs/deploy.md)',
		'Mails beyond a few an hour need your own SMTP: Dashboard → Authentication → Emails'
	];
	say(`\nLeft to do by hand:\n\n${left.map((each, n) => `  ${n + 1}. ${each}`).join('\n')}`);
}
