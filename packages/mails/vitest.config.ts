import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { name: 'mails', include: ['src/**/*.test.ts'] } });
