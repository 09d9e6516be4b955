import type { PublicSite } from '@chatiq/contracts/site';
import { expect, it } from 'vitest';
import { awayStatus } from './away.ts';

const now = Date.parse('2026-11-21T20:00:00Z');
const status = { open: false, online: false, reopens_at: null, reply_time: null };
const site = (changed?: object) =>
	({ ...(changed && { status: { ...status, ...changed } }) }) as PublicSite;

it('takes a site whose file knows no status for open', () => {
	expect(awayStatus(site(), now)).toBeNull();
});

it('is away outside business hours, and in them when nobody is there', () => {
	expect(awayStatus(site({}), now)).toEqual(status);
	expect(awayStatus(site({ online: true }), now)).not.toBeNull();
	expect(awayStatus(site({ open: true }), now)).not.toBeNull();
	expect(awayStatus(site({ open: true, online: true }), now)).toBeNull();
});

it('ends when the file said that it would', () => {
	expect(awayStatus(site({ reopens_at: '2026-11-21T20:00:01Z' }), now)).not.toBeNull();
	expect(awayStatus(site({ reopens_at: '2026-11-21T20:00:00Z' }), now)).toBeNull();
});
