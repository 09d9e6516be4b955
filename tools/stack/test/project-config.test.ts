import { afterEach, expect, it, vi } from 'vitest';
import { readProjectConfig } from '../src/project-config.ts';
import { createProject } from './support/project-fixture.ts';
import type { ProjectFixture } from './support/project-fixture.ts';

let project: ProjectFixture | undefined;

afterEach(() => {
	vi.unstubAllEnvs();
	project?.remove();
});

it('takes secrets from the environment, or else from supabase/.env', () => {
	project = createProject({
		'supabase/config.toml': `
			[auth.external.google]
			enabled = true
			client_id = "env(STACK_TEST_ID)"
			secret = "env(STACK_TEST_SECRET)"
			[auth.email.smtp]
			enabled = true
			host = "env(STACK_TEST_HOST)"
			port = 25
			admin_email = "a@example.com"
			pass = "env(STACK_TEST_MISSING)"`,
		'supabase/.env':
			'STACK_TEST_ID=stored\nSTACK_TEST_SECRET="two words"\nSTACK_TEST_HOST=smtp.test\n'
	});
	vi.stubEnv('STACK_TEST_ID', 'of the shell');
	const { auth } = readProjectConfig(project.root);
	expect(auth.external['google']).toMatchObject({
		client_id: 'of the shell',
		secret: 'two words'
	});
	expect(auth.email.smtp).toMatchObject({ host: 'smtp.test', pass: '' });
});

it('knows the port of the mailbox by both names, and does without a file', () => {
	project = createProject({
		'supabase/config.toml': '[inbucket]\nport = 54324\nsmtp_port = 2525\n'
	});
	expect(readProjectConfig(project.root).inbucket).toEqual({ smtp_port: 2525 });
	project.write(
		'supabase/config.toml',
		'[local_smtp]\nsmtp_port = 2526\n[analytics]\nenabled = true\n'
	);
	expect(readProjectConfig(project.root).local_smtp).toEqual({ smtp_port: 2526 });
	project.remove();
	expect(readProjectConfig(project.root).api).toEqual({ schemas: ['public'], max_rows: 1000 });
});
