import { expect as plain } from '@playwright/test';

/** Outside of its runner Playwright waits five seconds only: too little for a busy machine. */
export const expect = plain.configure({ timeout: 30_000 });
